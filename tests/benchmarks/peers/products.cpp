// SPDX-License-Identifier: BSL-1.0
#include "tests/benchmarks/peers/products.hpp"

#include <vector>
#if defined(ETCH_PEER_ONEDNN)
#include <dnnl.h>
#include <omp.h>
#endif
#if defined(ETCH_PEER_OPENBLAS)
#include <cblas.h>
#endif
#if defined(ETCH_PEER_EIGEN)
#include <Eigen/Core>
#endif

namespace peers {

namespace {

#if defined(ETCH_PEER_ONEDNN)
void onednn(bool a_transposed, bool b_transposed, int m, int n, int k, const float* a, const float* b,
            float* c) {
  dnnl_sgemm(a_transposed ? 'T' : 'N', b_transposed ? 'T' : 'N', m, n, k, 1, a, a_transposed ? m : k, b,
             b_transposed ? k : n, 0, c, n);
}
#endif

#if defined(ETCH_PEER_OPENBLAS)
void openblas(bool a_transposed, bool b_transposed, int m, int n, int k, const float* a, const float* b,
              float* c) {
  if (m == 1 && !a_transposed && !b_transposed)
    return cblas_sgemv(CblasRowMajor, CblasTrans, k, n, 1, b, n, a, 1, 0, c, 1);
  cblas_sgemm(CblasRowMajor, a_transposed ? CblasTrans : CblasNoTrans,
              b_transposed ? CblasTrans : CblasNoTrans, m, n, k, 1, a, a_transposed ? m : k, b,
              b_transposed ? k : n, 0, c, n);
}
#endif

#if defined(ETCH_PEER_EIGEN)
void eigen(bool a_transposed, bool b_transposed, int m, int n, int k, const float* a, const float* b,
           float* c) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using From = Eigen::Map<const Matrix>;
  if (m == 1 && !a_transposed && !b_transposed) {
    Eigen::Map<Eigen::RowVectorXf>(c, n).noalias() =
        Eigen::Map<const Eigen::RowVectorXf>(a, k) * From(b, k, n);
    return;
  }
  Eigen::Map<Matrix> to(c, m, n);
  if (a_transposed)
    to.noalias() = From(a, k, m).transpose() * From(b, k, n);
  else if (b_transposed)
    to.noalias() = From(a, m, k) * From(b, n, k).transpose();
  else
    to.noalias() = From(a, m, k) * From(b, k, n);
}
#endif

}  // namespace

std::span<const Library> libraries() {
  static const std::vector<Library> all = [] {
    std::vector<Library> found;
#if defined(ETCH_PEER_ONEDNN)
    omp_set_num_threads(1);
    found.push_back({"onednn", onednn});
#endif
#if defined(ETCH_PEER_OPENBLAS)
    openblas_set_num_threads(1);
    found.push_back({"openblas", openblas});
#endif
#if defined(ETCH_PEER_EIGEN)
    Eigen::setNbThreads(1);
    found.push_back({"eigen", eigen});
#endif
    return found;
  }();
  return all;
}

}  // namespace peers
