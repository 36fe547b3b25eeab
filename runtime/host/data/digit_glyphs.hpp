// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>

/// Ways to write the ten digits, as strokes.
namespace etch::host::glyphs {

struct Point {
  int x, y;
};

enum class StrokeShape { none, line, curve, loop };

struct Stroke {
  StrokeShape shape = StrokeShape::none;
  int count = 0;
  std::array<Point, 12> points{};
};

constexpr Stroke make_stroke(StrokeShape shape, std::initializer_list<Point> points) {
  Stroke stroke{shape};
  for (const Point& point : points) stroke.points[static_cast<std::size_t>(stroke.count++)] = point;
  return stroke;
}

constexpr Stroke line(std::initializer_list<Point> points) { return make_stroke(StrokeShape::line, points); }
constexpr Stroke curve(std::initializer_list<Point> points) {
  return make_stroke(StrokeShape::curve, points);
}
constexpr Stroke loop(std::initializer_list<Point> points) { return make_stroke(StrokeShape::loop, points); }

/// One way to write a digit, in a box of 100 x 140 with y downwards.
using Glyph = std::array<Stroke, 3>;
inline constexpr int glyph_width = 100;
inline constexpr int glyph_height = 140;

inline constexpr Glyph zeros[] = {
    {loop({{50, 0}, {18, 22}, {5, 70}, {18, 118}, {50, 140}, {82, 118}, {95, 70}, {82, 22}})},
    {curve({{70, 12}, {38, 6}, {10, 50}, {14, 108}, {48, 140}, {84, 115}, {94, 60}, {76, 14}, {42, 2}})},
};
inline constexpr Glyph ones[] = {
    {line({{50, 0}, {50, 140}})},
    {line({{85, 0}, {35, 140}})},
    {line({{25, 32}, {54, 0}, {54, 140}})},
    {line({{25, 28}, {52, 0}, {52, 140}}), line({{20, 140}, {84, 140}})},
};
inline constexpr Glyph twos[] = {
    {curve({{8, 36}, {24, 8}, {55, 0}, {85, 22}, {78, 62}, {45, 104}, {8, 138}}),
     line({{8, 138}, {95, 138}})},
    {curve({{10, 28},
            {40, 2},
            {80, 16},
            {78, 60},
            {40, 116},
            {12, 132},
            {14, 108},
            {45, 118},
            {72, 138},
            {98, 126}})},
    {curve({{14, 24}, {50, 0}, {84, 22}, {72, 66}, {14, 134}}),
     curve({{14, 134}, {36, 122}, {64, 138}, {96, 130}})},
};
inline constexpr Glyph threes[] = {
    {curve({{10, 20}, {45, 0}, {82, 20}, {72, 54}, {38, 66}}),
     curve({{38, 66}, {80, 78}, {90, 112}, {55, 140}, {8, 122}})},
    {line({{12, 5}, {85, 5}, {45, 58}}), curve({{45, 58}, {84, 74}, {86, 115}, {50, 140}, {8, 125}})},
    {curve({{16, 14},
            {58, 0},
            {78, 28},
            {58, 58},
            {40, 64},
            {62, 68},
            {88, 96},
            {70, 132},
            {30, 140},
            {6, 120}})},
};
inline constexpr Glyph fours[] = {
    {line({{22, 0}, {8, 75}, {92, 75}}), line({{78, 5}, {70, 140}})},
    {line({{70, 140}, {70, 0}, {5, 92}, {96, 92}})},
    {curve({{18, 5}, {10, 48}, {28, 74}, {78, 66}}), line({{84, 0}, {74, 140}})},
};
inline constexpr Glyph fives[] = {
    {line({{86, 3}, {26, 3}, {18, 60}}),
     curve({{18, 60}, {54, 50}, {90, 80}, {80, 124}, {45, 140}, {6, 126}})},
    {curve({{94, 4}, {60, 8}, {30, 4}}), line({{30, 4}, {24, 58}}),
     curve({{24, 58}, {60, 60}, {80, 92}, {62, 130}, {28, 140}, {4, 128}})},
};
inline constexpr Glyph sixes[] = {
    {curve({{76, 3}, {36, 34}, {10, 88}, {24, 132}, {60, 138}, {84, 110}, {70, 78}, {38, 78}, {14, 104}})},
    {curve({{60, 0}, {26, 50}, {8, 104}, {34, 140}, {74, 130}, {80, 96}, {46, 84}, {16, 108}})},
};
inline constexpr Glyph sevens[] = {
    {line({{8, 5}, {92, 5}, {40, 140}})},
    {line({{8, 5}, {92, 5}, {42, 140}}), line({{32, 72}, {86, 72}})},
    {line({{8, 26}, {12, 6}, {90, 6}}), curve({{90, 6}, {66, 55}, {52, 95}, {48, 140}})},
};
inline constexpr Glyph eights[] = {
    {loop({{80, 18},
           {50, 0},
           {20, 20},
           {30, 52},
           {70, 86},
           {86, 114},
           {50, 140},
           {14, 114},
           {30, 86},
           {70, 52}})},
    {loop({{50, 0}, {24, 14}, {24, 48}, {50, 64}, {76, 48}, {76, 14}}),
     loop({{50, 64}, {14, 84}, {14, 122}, {50, 140}, {86, 122}, {86, 84}})},
};
inline constexpr Glyph nines[] = {
    {curve({{84, 26}, {54, 2}, {20, 20}, {16, 54}, {46, 70}, {80, 48}, {85, 16}}),
     line({{85, 16}, {74, 140}})},
    {loop({{50, 0}, {16, 16}, {18, 56}, {50, 68}, {82, 46}, {80, 12}}),
     curve({{83, 24}, {86, 70}, {72, 120}, {40, 140}, {16, 126}})},
};

inline constexpr std::array<std::span<const Glyph>, 10> styles{zeros, ones,  twos,   threes, fours,
                                                               fives, sixes, sevens, eights, nines};

}  // namespace etch::host::glyphs
