// SPDX-License-Identifier: BSL-1.0
// As much of Arduino as the example of a package uses.
#ifndef ARDUINO_H
#define ARDUINO_H

#include <stddef.h>
#include <stdint.h>

class Console {
 public:
  void begin(unsigned long) {}
  explicit operator bool() const { return true; }
  void print(const char* text);
  void println(const char* text);
  void println(int number);
  void println(unsigned long number);
};
extern Console Serial;

unsigned long micros();
unsigned long millis();
void delay(unsigned long milliseconds);

void setup();
void loop();

#endif
