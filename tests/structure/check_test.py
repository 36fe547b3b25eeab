#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Shows that check.py finds what it looks for: each test plants one thing in a small tree that is right."""
import tempfile
import unittest
from pathlib import Path

from check import sentences

TREE = {
    "include/etch/graph/graph.hpp": "struct Graph {};\n",
    "include/etch/ops/dense.hpp": "#include <etch/graph/graph.hpp>\nvoid f() { step.is<ops::Dense>(); }\n",
    "include/etch/ops/list.hpp": "#include <etch/ops/list/all.hpp>\n",
    "include/etch/ops/list/all.hpp": "#include <etch/ops/dense.hpp>\n",
    "codegen/one/one.cpp": "#include <etch/ops/dense.hpp>\nint whole(int);\n",
    "codegen/two/two.cpp": "int f() {\n  return is<ops::Dense>(step);\n}\n",
    "runtime/kernels/add.hpp": "void add();\n",
    "tests/structure/floors.txt": "# top to bottom\ncodegen/one codegen/two\ninclude/etch/ops\ninclude/etch/graph\nruntime\n",
    "tests/structure/words.txt": "whole\tcodegen/one/*\twhat has parts\n",
    "tests/structure/step_is.txt": "codegen/two/two.cpp\t1\twhy\ncodegen/one/*\tmakes\twhy\n",
    "tests/structure/exceptions.txt": "# none\n",
}
SIXTY_ONE = "  f();\n" * 59


class Planted(unittest.TestCase):
    def found(self, planted):
        with tempfile.TemporaryDirectory() as folder:
            for path, text in {**TREE, **planted}.items():
                file = Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            return sentences(Path(folder))

    def check(self, planted, *parts):
        found = self.found(planted)
        self.assertEqual(len(found), 1, found)
        for part in parts:
            self.assertIn(part, found[0])

    def test_nothing(self):
        self.assertEqual(self.found({}), [])

    def test_include_up(self):
        self.check({"runtime/kernels/sub.hpp": "  #  include <etch/graph/graph.hpp>\n"},
                   "include: runtime/kernels/sub.hpp includes include/etch/graph/graph.hpp", "up")

    def test_include_sideways(self):
        self.check({"codegen/two/more.hpp": "#include <codegen/one/one.hpp>\n"}, "include: codegen/two/more.hpp",
                   "sideways")

    def test_file_without_room(self):
        self.check({"codegen/three/x.hpp": "\n"}, "room: codegen/three/x.hpp")

    def test_circle_within_a_room(self):
        self.check({"include/etch/ops/dense.hpp": "#include <etch/ops/list/all.hpp>\n"},
                   "circle: two folders include each other", "ops/dense.hpp", "ops/list/all.hpp")

    def test_long_file(self):
        self.check({"tests/long.cpp": "int x;\n" * 401}, "file: tests/long.cpp has 401 lines")

    def test_long_function(self):
        self.check({"examples/long.cpp": "namespace n {\ntemplate <class T = int>\nstruct S {\n"
                    "  S() : a{1}, b{2} {}\n  bool operator==(S) const {\n" + SIXTY_ONE + "  }\n};\n}\n"},
                   "function: examples/long.cpp:5: operator_ has 61 lines")

    def test_long_constructor(self):
        self.check({"examples/long.cpp": "S::S(int x) : a{x},\n  b(x) {\n" + SIXTY_ONE + "}\n"},
                   "function: examples/long.cpp:1: S::S has 62 lines")

    def test_long_lambda(self):
        self.check({"examples/long.cpp": "constexpr auto f = [](int) {\n" + SIXTY_ONE + "};\n"},
                   "function: examples/long.cpp:1: f has 61 lines")

    def test_tables_and_assembly_may_be_long(self):
        table = "constexpr int t[] = {\n" + "  1, f(2),\n" * 70 + "};\n"
        names = "const char* f() {\n  static constexpr const char* n[]{\n" + '    "a",\n' * 70 + "  };\n}\n"
        cases = "int f(int x) {\n  switch (x) {\n" + "    case 1:\n      return 2;\n" * 61 + "  }\n}\n"
        assembly = "void f() {\n  asm volatile(\n" + '    "add %0, %1\\n"\n' * 70 + '    : "+r"(x));\n}\n'
        self.assertEqual(self.found({"examples/long.cpp": table + names + cases + assembly}), [])

    def test_comments_and_strings_are_no_code(self):
        self.assertEqual(self.found({"codegen/two/two.cpp": '// whole {\nauto s = "whole {", r = R"x(whole {)x";\n'
                                     "const int n = 1'000'000; /* is<ops::X> */ int f() { return is<ops::Y>(s); }\n"}),
                         [])

    def test_limit(self):
        self.check({"include/etch/ops/room.hpp": "int operands[256];\n"}, "limit: include/etch/ops/room.hpp", "256")
        self.check({"include/etch/ops/room.hpp": "List<int, 64> x;\n"}, "limit: include/etch/ops/room.hpp", "64")
        self.assertEqual(self.found({"include/etch/graph/limits.hpp": "int x[64];\n"}), [])

    def test_word_elsewhere(self):
        self.check({"codegen/two/more.cpp": "int whole;\n"}, "word: codegen/two/more.cpp says 'whole'")

    def test_word_as_a_file(self):
        self.check({"codegen/two/whole.cpp": "int x;\n"}, "word: codegen/two/whole.cpp says 'whole'")

    def test_word_that_is_gone(self):
        self.check({"codegen/one/one.cpp": "int f();\n"}, "word: words.txt allows 'whole' in codegen/one/*")

    def test_more_questions_than_listed(self):
        self.check({"codegen/two/two.cpp": "int a = op_code<ops::A>, b = is<ops::B>(s);\n"},
                   "step_is: codegen/two/two.cpp asks 2 times")

    def test_maker_of_steps(self):
        self.assertEqual(self.found({"codegen/one/more.cpp": "int a = op_code<ops::A>, b = op_code<ops::B>;\n"}), [])
        self.check({"codegen/one/more.cpp": "int a = op_code<ops::A>, b = is<ops::B>(s);\n"},
                   "step_is: codegen/one/more.cpp asks 1 times")

    def test_fewer_questions_than_listed(self):
        self.check({"codegen/two/two.cpp": "int f();\n"}, "step_is: codegen/two/two.cpp asks 0 times")

    def test_exception(self):
        excused = {"tests/structure/exceptions.txt": "word\twhole codegen/two/more.cpp\twhy\n"}
        self.assertEqual(self.found({"codegen/two/more.cpp": "int whole;\n", **excused}), [])
        self.check(excused, "exceptions.txt: 'word whole codegen/two/more.cpp' is needed no longer")

    def test_exception_without_reason(self):
        with self.assertRaises(SystemExit):
            self.found({"tests/structure/exceptions.txt": "word\twhole codegen/two/more.cpp\t\n"})


if __name__ == "__main__":
    unittest.main()
