/* SPDX-License-Identifier: BSL-1.0 */
/* A loop for each class of instructions of the Cortex-M4. Each runs a hundred times; check_loops.cmake says what it takes
   by the manual. r0 is an array whose first word is its own address, r1 is 1, r2 is 0; all other registers are free. */
  .syntax unified
  .thumb

/* void run_loop(void (*loop)(void*), void* array) */
  .text
  .balign 4
  .global run_loop
  .type run_loop, %function
run_loop:
  push {r4-r11, lr}
  mov r4, r0
  mov r0, r1
  movs r1, #1
  movs r2, #0
  nop /* the place that loops return to is aligned, too */
  blx r4
  pop {r4-r11, pc}
  .size run_loop, . - run_loop

/* The loops, behind one another, and 0. */
  .section .rodata.loops, "a"
  .balign 4
  .global loops
loops:

/* The place where the loop begins is aligned: a jump to a wide instruction that is not takes longer. */
.macro loop name
  .section .rodata.loops, "a"
  .word loop_\name
  .text
  .balign 16
  .global loop_\name
  .type loop_\name, %function
loop_\name:
  mov.w r3, #100
1:
.endm
.macro again name
  subs r3, #1
  bne 1b
  bx lr
  .size loop_\name, . - loop_\name
.endm

  loop alu
    adds r1, #1
    eor.w r4, r5, r6
    uadd8 r4, r5, r6
    sxtb16 r4, r5
  again alu

  loop multiply
    muls r4, r2, r4
    smlad r5, r6, r7, r5
    smull r4, r5, r6, r7
    umlal r4, r5, r6, r7
  again multiply

  loop multiply_add
    mla r4, r5, r6, r7
    mls r4, r5, r6, r7
  again multiply_add

  loop divide
    sdiv r4, r5, r1
    udiv r4, r5, r1
  again divide

  loop load
    ldr r4, [r0]
    adds r5, #1
    ldrsb r4, [r0, r2]
    adds r5, #1
  again load

  loop loads
    ldr r4, [r0]
    ldr r5, [r0, #4]
    ldr r6, [r0, #8]
    ldr r7, [r0, #12]
    adds r4, #1
  again loads

  loop load_of_loaded
    ldr r4, [r0]
    ldr r5, [r4]
  again load_of_loaded

  loop load_of_sum
    adds r4, r0, #4
    ldr r5, [r4]
  again load_of_sum

  loop store
    str r1, [r0, #4]
    strb r1, [r0, #8]
  again store

  loop store_register
    str r1, [r0, r2]
    str r0, [r0]
  again store_register

  loop store_behind_load
    ldr r4, [r0]
    str r4, [r0, r2]
  again store_behind_load

  loop two
    ldrd r4, r5, [r0]
    strd r4, r5, [r0]
  again two

  loop many
    ldm.w r0, {r4-r7}
    stm.w r0, {r4-r7}
    push {r4, r5}
    pop {r4, r5}
  again many

  loop many_and_multiply
    ldm.w r0, {r4-r7}
    smlad r8, r4, r5, r8
    smlad r9, r6, r7, r9
  again many_and_multiply

  loop unaligned
    ldr.w r4, [r0, #1]
    adds r5, #1
    ldr.w r4, [r0, #2]
    adds r5, #1
    ldrh.w r4, [r0, #1]
  again unaligned

  loop branch
    b.n 2f
    nop
2:
    adds r5, #1
  again branch

  loop branch_to_wide
    adds r5, #1
    b.n 2f
    nop
2:
    add.w r5, r5, #1
  again branch_to_wide

  loop branch_not_taken
    cbz r1, 2f
    cmp r1, r1
    bne 2f
2:
  again branch_not_taken

  loop branch_register
    adr.w r4, 2f + 1
    bx r4
    nop
2:
  again branch_register

  loop load_counter
    ldr.w pc, 3f
    nop
    nop
2:
  again load_counter
  .balign 4
3:
  .word 2b + 1

  loop table_branch
    tbb [pc, r2]
0:
    .byte (2f - 0b) / 2, 0
2:
  again table_branch

  loop if_then
    cmp r2, r2
    it eq
    addeq r5, #1
  again if_then

  loop if_then_behind_wide
    cmp.w r2, r8
    it eq
    addeq r5, #1
  again if_then_behind_wide

  loop fp
    vadd.f32 s0, s1, s2
    vmul.f32 s3, s4, s5
  again fp

  loop fp_result
    vadd.f32 s0, s1, s2
    vadd.f32 s3, s0, s4
  again fp_result

  loop fp_long
    vfma.f32 s0, s1, s2
    vdiv.f32 s3, s4, s5
  again fp_long

  loop fp_memory
    vldr s0, [r0]
    vldr s1, [r0, #4]
    vstr s1, [r0, #8]
    vldm r0, {s0-s3}
    vstm r0, {s0-s3}
  again fp_memory

  .balign 16
  .type leaf, %function
  .global leaf
leaf:
  bx lr
  .size leaf, . - leaf

  .section .rodata.loops, "a"
  .word loop_call, loop_tail_call, descend, 0
  .text
  .balign 16
  .global loop_call
  .type loop_call, %function
loop_call:
  mov r10, lr
  movs r3, #100
1:
  bl leaf
  subs r3, #1
  bne 1b
  bx r10
  .size loop_call, . - loop_call

/* A function that ends in a jump to another, which returns for both. */
  .balign 16
  .type tail, %function
  .global tail
tail:
  b.n tail_end
  .size tail, . - tail

  .balign 16
  .type tail_end, %function
  .global tail_end
tail_end:
  bx lr
  .size tail_end, . - tail_end

  .balign 16
  .global loop_tail_call
  .type loop_tail_call, %function
loop_tail_call:
  mov r10, lr
  movs r3, #100
1:
  bl tail
  subs r3, #1
  bne 1b
  bx r10
  .size loop_tail_call, . - loop_tail_call

/* Calls itself, a hundred deep. */
  .balign 16
  .global descend
  .type descend, %function
descend:
  push {r4, lr}
  movs r3, #100
  bl deeper
  pop {r4, pc}
  .size descend, . - descend

  .balign 16
  .type deeper, %function
  .global deeper
deeper:
  push {r4, lr}
  subs r3, #1
  beq 2f
  bl deeper
2:
  pop {r4, pc}
  .size deeper, . - deeper
