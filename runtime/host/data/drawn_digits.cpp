// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <runtime/host/data/digit_glyphs.hpp>
#include <runtime/host/data/drawn_digits.hpp>
#include <runtime/host/error.hpp>
#include <span>
#include <string>
#include <utility>

namespace etch::host {
namespace {

using namespace glyphs;

constexpr int image_side = 28;
constexpr int pixel = 256;  // subpixels to a pixel

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators; 2014).
class Random {
 public:
  Random(std::uint32_t seed, std::uint32_t stream) : state_(std::uint64_t{seed} << 32 | stream) {
    // Neighbouring seeds and streams must not give shifted copies of one sequence.
    state_ = next();
  }

  /// Any integer of [low, high], all as likely.
  int range(int low, int high) {
    const auto width = static_cast<std::uint64_t>(high - low + 1);
    return low + static_cast<int>(((next() >> 32) * width) >> 32);
  }

  /// Within [-limit, limit], most often near 0.
  int bell(int limit) { return (range(-limit, limit) + range(-limit, limit) + range(-limit, limit)) / 3; }

 private:
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

/// Bends the glyph's plane: displacements at the nodes of a coarse grid, linear between them. Points that
/// strokes share stay together, which a displacement of each point would not do.
class Warp {
 public:
  explicit Warp(Random& random) {
    for (Point& node : nodes_) node = {random.bell(limit), random.bell(limit)};
  }

  Point operator()(Point point) const {
    const int column = std::min(point.x / cell, columns - 2), row = std::min(point.y / cell, rows - 2);
    const int x = point.x - column * cell, y = point.y - row * cell;
    const Point top = mix(node(column, row), node(column + 1, row), x);
    const Point bottom = mix(node(column, row + 1), node(column + 1, row + 1), x);
    const Point shift = mix(top, bottom, y);
    return {point.x * scale + shift.x, point.y * scale + shift.y};
  }

  static constexpr int scale = 64;  // of the result, for its fractions

 private:
  static constexpr int cell = 35;
  static constexpr int columns = 4, rows = 5;
  static_assert((columns - 1) * cell >= glyph_width && (rows - 1) * cell >= glyph_height);
  static constexpr int limit = 16 * scale;

  static Point mix(Point a, Point b, int part) {
    return {a.x + (b.x - a.x) * part / cell, a.y + (b.y - a.y) * part / cell};
  }
  Point node(int column, int row) const { return nodes_[static_cast<std::size_t>(row * columns + column)]; }

  std::array<Point, rows * columns> nodes_;
};

/// Width, shear and rotation.
class Linear {
 public:
  explicit Linear(Random& random) {
    const int width = one * random.range(72, 118) / 100;
    const int shear = one * random.range(-25, 45) / 100;
    const int angle = random.bell(one * 35 / 100);
    const int sine = angle - angle * angle / one * angle / one / 6;
    const int cosine = one - angle * angle / one / 2;
    xx_ = width * cosine / one;
    xy_ = -(shear * cosine / one) - sine;
    yx_ = width * sine / one;
    yy_ = cosine - shear * sine / one;
  }

  Point operator()(Point p) const { return {(p.x * xx_ + p.y * xy_) / one, (p.x * yx_ + p.y * yy_) / one}; }

 private:
  static constexpr int one = 4096;
  int xx_, xy_, yx_, yy_;
};

struct Segment {
  Point from, to;
};
using Segments = std::vector<Segment>;

/// A uniform Catmull-Rom spline from `p[1]` to `p[2]`, at k / 4.
Point spline(const std::array<Point, 4>& p, int k) {
  const auto at = [k](int a, int b, int c, int d) {
    const int cubic = 3 * b - a - 3 * c + d, square = 2 * a - 5 * b + 4 * c - d;
    return (((cubic * k + square * 4) * k + (c - a) * 16) * k + b * 128) / 128;
  };
  return {at(p[0].x, p[1].x, p[2].x, p[3].x), at(p[0].y, p[1].y, p[2].y, p[3].y)};
}

void add_span(Segments& segments, const std::array<Point, 4>& p) {
  Point from = p[1];
  for (int k = 1; k <= 4; ++k) {
    const Point to = spline(p, k);
    segments.push_back({from, to});
    from = to;
  }
}

void add_stroke(Segments& segments, const Stroke& stroke) {
  const bool closed = stroke.shape == StrokeShape::loop;
  const auto point = [&](int i) {
    const int index = closed ? (i + stroke.count) % stroke.count : std::clamp(i, 0, stroke.count - 1);
    return stroke.points[static_cast<std::size_t>(index)];
  };
  for (int i = 0; i < stroke.count - (closed ? 0 : 1); ++i) {
    if (stroke.shape == StrokeShape::line) {
      segments.push_back({point(i), point(i + 1)});
    } else {
      add_span(segments, {point(i - 1), point(i), point(i + 1), point(i + 2)});
    }
  }
}

void set_strokes(Segments& segments, const Glyph& glyph, Random& random) {
  const Warp warp(random);
  const Linear linear(random);
  segments.clear();
  for (Stroke stroke : glyph) {
    for (int i = 0; i < stroke.count; ++i) {
      Point& point = stroke.points[static_cast<std::size_t>(i)];
      point = linear(warp(point));
    }
    add_stroke(segments, stroke);
  }
}

/// The longer side of the box around all segments.
int extent(const Segments& segments) {
  Point low = segments[0].from, high = low;
  for (const Segment& segment : segments) {
    for (const Point point : {segment.from, segment.to}) {
      low = {std::min(low.x, point.x), std::min(low.y, point.y)};
      high = {std::max(high.x, point.x), std::max(high.y, point.y)};
    }
  }
  return std::max({high.x - low.x, high.y - low.y, 1});
}

/// Within 8 % of the length: good enough to weigh segments with.
int rough_length(const Segment& segment) {
  const int x = std::abs(segment.to.x - segment.from.x), y = std::abs(segment.to.y - segment.from.y);
  return std::max(x, y) + std::min(x, y) * 3 / 8;
}

Point centre_of_mass(const Segments& segments) {
  std::int64_t x = 0, y = 0, total = 0;
  for (const Segment& segment : segments) {
    const std::int64_t length = rough_length(segment) + 1;
    x += length * (segment.from.x + segment.to.x);
    y += length * (segment.from.y + segment.to.y);
    total += 2 * length;
  }
  return {static_cast<int>(x / total), static_cast<int>(y / total)};
}

/// Scales the strokes to a size and puts their centre of mass near the middle of the image, as MNIST does.
void place(Segments& segments, int size, Random& random) {
  const int before = extent(segments);
  const Point centre = centre_of_mass(segments);
  const Point middle{image_side * pixel / 2 + random.bell(2 * pixel),
                     image_side * pixel / 2 + random.bell(2 * pixel)};
  const auto placed = [&](Point p) {
    return Point{middle.x + (p.x - centre.x) * size / before, middle.y + (p.y - centre.y) * size / before};
  };
  for (Segment& segment : segments) segment = {placed(segment.from), placed(segment.to)};
}

int squared_length(Point a) { return a.x * a.x + a.y * a.y; }

int squared_distance(const Segment& segment, Point point) {
  const Point along{segment.to.x - segment.from.x, segment.to.y - segment.from.y};
  const Point offset{point.x - segment.from.x, point.y - segment.from.y};
  const int length = squared_length(along);
  const int dot = along.x * offset.x + along.y * offset.y;
  if (dot <= 0) return squared_length(offset);
  if (dot >= length) return squared_length({point.x - segment.to.x, point.y - segment.to.y});
  const std::int64_t cross = std::int64_t{along.x} * offset.y - std::int64_t{along.y} * offset.x;
  return static_cast<int>(cross * cross / length);
}

/// The squared distance from each pixel's centre to the nearest stroke, as far as `reach`.
class DistanceMap {
 public:
  explicit DistanceMap(int reach) : reach_(reach) { values_.fill(std::numeric_limits<int>::max()); }

  void add(const Segment& segment) {
    const auto [left, right] = pixels(segment.from.x, segment.to.x);
    const auto [top, bottom] = pixels(segment.from.y, segment.to.y);
    for (int y = top; y <= bottom; ++y) {
      for (int x = left; x <= right; ++x) {
        int& value = values_[static_cast<std::size_t>(y * image_side + x)];
        value = std::min(value, squared_distance(segment, {x * pixel + pixel / 2, y * pixel + pixel / 2}));
      }
    }
  }

  int operator[](std::size_t i) const { return values_[i]; }

 private:
  std::pair<int, int> pixels(int a, int b) const {
    const int first = std::max((std::min(a, b) - reach_) / pixel, 0);
    return {first, std::min((std::max(a, b) + reach_) / pixel, image_side - 1)};
  }

  int reach_;
  std::array<int, image_side * image_side> values_;
};

struct Pen {
  int radius;    // subpixels
  int softness;  // subpixels from the edge inwards and outwards, over which ink fades
  int ink;       // above 255: the middle of the stroke saturates, as in MNIST
  int noise;
};

void paint(const Segments& segments, const Pen& pen, Random& random, std::span<std::uint8_t> image) {
  const int outer = pen.radius + pen.softness, inner = pen.radius - pen.softness;
  DistanceMap distances(outer);
  for (const Segment& segment : segments) distances.add(segment);
  for (std::size_t i = 0; i < image.size(); ++i) {
    const int inside = outer * outer - distances[i];
    if (inside <= 0) continue;
    const int full = outer * outer - inner * inner;
    const int value = pen.ink * std::min(inside, full) / full + random.range(-pen.noise, pen.noise);
    image[i] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
  }
}

void draw_digit(int digit, Random& random, Segments& segments, std::span<std::uint8_t> image) {
  const auto& glyphs = styles[static_cast<std::size_t>(digit)];
  const int style = random.range(0, static_cast<int>(glyphs.size()) - 1);
  set_strokes(segments, glyphs[static_cast<std::size_t>(style)], random);
  const Pen pen{random.range(pixel * 75 / 100, pixel * 155 / 100), pixel / 2, random.range(225, 300),
                random.range(0, 24)};
  place(segments, random.range(pixel * 17, pixel * 20) - 2 * pen.radius, random);
  paint(segments, pen, random, image);
}

std::vector<std::uint8_t> draw_labels(int count, std::uint32_t seed) {
  // Image i uses stream i, so this one is never an image's.
  Random random(seed, std::numeric_limits<std::uint32_t>::max());
  std::vector<std::uint8_t> labels;
  std::array<std::uint8_t, 10> digits{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  for (int i = 0; i < count; ++i) {
    const int place = i % 10;
    std::swap(digits[static_cast<std::size_t>(place)],
              digits[static_cast<std::size_t>(random.range(place, 9))]);
    labels.push_back(digits[static_cast<std::size_t>(place)]);
  }
  return labels;
}

}  // namespace

ImageSet draw_digits(int count, std::uint32_t seed) {
  if (count < 1)
    throw Error("draw_digits was asked for " + std::to_string(count) + " images; ask for 1 or more");
  constexpr std::size_t image_size = image_side * image_side;
  const auto images = static_cast<std::size_t>(count);
  ImageSet set{image_side, image_side, std::vector<std::uint8_t>(images * image_size),
               draw_labels(count, seed)};
  Segments segments;
  for (std::size_t i = 0; i < images; ++i) {
    Random random(seed, static_cast<std::uint32_t>(i));
    draw_digit(set.labels[i], random, segments, std::span(set.images).subspan(i * image_size, image_size));
  }
  return set;
}

}  // namespace etch::host
