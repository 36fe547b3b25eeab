// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <runtime/boards/cycles/instruction.hpp>
#include <runtime/boards/cycles/registers.hpp>

#include <string>

namespace {

using etch::cycles::core_registers;
using etch::cycles::decode;
using etch::cycles::fp_registers;
using etch::cycles::Instruction;
using etch::cycles::Kind;

Instruction of(const char* text) { return decode(0x100, 4, text); }
constexpr std::uint32_t mask(int first, int last) { return (2U << last) - (1U << first); }

}  // namespace

TEST_CASE("registers of a text", "[cycles]") {
  CHECK(core_registers("") == 0);
  CHECK(core_registers("{r4, r5, pc}") == 0x8030);
  CHECK(core_registers("{r4-r7, lr}") == (mask(4, 7) | 1U << 14));
  CHECK(core_registers("[sp, #-4]!") == 1U << 13);
  CHECK(core_registers("[r10, r1, lsl #2]") == (1U << 10 | 1U << 1));
  CHECK(core_registers("sb, sl, fp, ip") == mask(9, 12));
  CHECK(core_registers("r16, #r, lsr, s4") == 0);
  CHECK(fp_registers("{s0, s31}") == (1U | 1U << 31));
  CHECK(fp_registers("{d8, d9}") == std::uint64_t{15} << 16);
  CHECK(fp_registers("sp, s32, d16, [r1]") == 0);
}

TEST_CASE("classes of instructions", "[cycles]") {
  struct Expected {
    const char* text;
    Kind kind;
  };
  const Expected expected = GENERATE(values<Expected>({{"adds r1, #1", Kind::alu},
                                                       {"bic r1, r2, #1", Kind::alu},
                                                       {"bfi r1, r2, #1, #2", Kind::alu},
                                                       {"cmp r1, r2", Kind::alu},
                                                       {"mul r1, r2, r3", Kind::multiply},
                                                       {"smlad r1, r2, r3, r4", Kind::multiply},
                                                       {"smmla r1, r2, r3, r4", Kind::multiply},
                                                       {"mla r1, r2, r3, r4", Kind::multiply_add},
                                                       {"udiv r1, r2, r3", Kind::divide},
                                                       {"ldrb.w r1, [r2, #4]", Kind::load},
                                                       {"ldr pc, [r2, #4]", Kind::load_counter},
                                                       {"strh r1, [r2, #4]", Kind::store},
                                                       {"ldrd r1, r2, [r3]", Kind::load_two},
                                                       {"strd r1, r2, [r3]", Kind::store_two},
                                                       {"ldm.w r1!, {r2, r3}", Kind::load_many},
                                                       {"pop {r2, pc}", Kind::load_many},
                                                       {"push {r2, lr}", Kind::store_many},
                                                       {"bhi #0x20", Kind::branch},
                                                       {"cbnz r1, #0x20", Kind::branch},
                                                       {"bx lr", Kind::branch_register},
                                                       {"mov pc, r1", Kind::branch_register},
                                                       {"tbh [pc, r1, lsl #1]", Kind::table_branch},
                                                       {"itte eq", Kind::if_then},
                                                       {"bkpt #0xab", Kind::system},
                                                       {"dsb sy", Kind::system},
                                                       {"vadd.f32 s1, s2, s3", Kind::fp},
                                                       {"vfma.f32 s1, s2, s3", Kind::fp_multiply_add},
                                                       {"vsqrt.f32 s1, s2", Kind::fp_divide},
                                                       {"vldr s1, [r2]", Kind::fp_load},
                                                       {"vstr d1, [r2]", Kind::fp_store},
                                                       {"vpop {d8, d9}", Kind::fp_load_many},
                                                       {"vstmia r1!, {s8, s9}", Kind::fp_store_many},
                                                       {"nop", Kind::alu},
                                                       {"smull", Kind::multiply},
                                                       {"", Kind::alu}}));
  CAPTURE(expected.text);
  CHECK(of(expected.text).kind == expected.kind);
}

TEST_CASE("what an instruction needs and writes", "[cycles]") {
  CHECK(of("ldr r1, [pc, #8]").base == 0);
  CHECK(of("ldr r1, [r2, r3]").base == mask(2, 3));
  CHECK(of("smull r1, r2, r3, r4").written == mask(1, 2));
  CHECK(of("cmp r1, r2").written == 0);
  CHECK(of("pop {r4, r5}").words == 2);
  CHECK(of("pop {r4, r5}").base == 1U << 13);
  CHECK(of("vldr d1, [r2]").words == 2);
  CHECK(of("vldmia r3!, {s1, s2, s3}").words == 3);
  CHECK(of("vldmia r3!, {s1, s2, s3}").base == 1U << 3);
  CHECK(of("vmov r1, s2").written == 1U << 1);
  CHECK(of("vcmp.f32 s1, s2").fp_read == 6);
  CHECK(of("str r1, [r2, r3]").register_offset);
  CHECK_FALSE(of("str r1, [r2, #4]").register_offset);
  CHECK_FALSE(of("str r1, [r2], r3").register_offset);
  CHECK(of("bl #0x20").calls);
  CHECK(of("bleq #0x20").calls);
  CHECK(of("blx r1").calls);
  CHECK_FALSE(of("ble #0x20").calls);
  CHECK_FALSE(of("b #0x20").calls);
  CHECK(may_return(of("bx lr")));
  CHECK(may_return(of("pop {r4, pc}")));
  CHECK_FALSE(may_return(of("b #0x20")));
}
