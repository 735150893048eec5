import { expect, test } from "vitest";
import { Submissions } from "./submissions.ts";

/** Submissions on a clock that is set by hand. */
function byHand() {
  let now = 0;
  const pending: (() => void)[] = [];
  const submissions = new Submissions(() => now);
  return {
    submissions,
    submit: (dispatches = 1) => submissions.add(new Promise<void>((resolve) => pending.push(resolve)), dispatches),
    /** The first of those that are unfinished is over, at this time. */
    async finish(at: number) {
      now = at;
      pending.shift()!();
      await new Promise((resolve) => setTimeout(resolve));
    },
    async hasRoom() {
      const full = Symbol();
      const answer = await Promise.race([submissions.room(), new Promise((resolve) => setTimeout(resolve, 5, full))]);
      return answer !== full;
    },
  };
}

test("three short submissions may be unfinished, and no fourth", async () => {
  const queue = byHand();
  for (let count = 0; count < 3; count++) {
    expect(await queue.hasRoom()).toBe(true);
    queue.submit();
  }
  expect(await queue.hasRoom()).toBe(false);
  await queue.finish(10);
  expect(queue.submissions.depth).toBe(3);
  expect(await queue.hasRoom()).toBe(true);
});

test("of submissions that take long, one is enough; once they are short again there are more", async () => {
  const queue = byHand();
  queue.submit();
  queue.submit();
  await queue.finish(70);
  expect(queue.submissions.depth).toBe(2);
  await queue.finish(470);
  // It waited for the first, and took 400 ms itself.
  expect(queue.submissions.depth).toBe(1);
  expect(await queue.hasRoom()).toBe(true);
  queue.submit();
  expect(await queue.hasRoom()).toBe(false);
  await queue.finish(480);
  expect(queue.submissions.depth).toBe(3);
});

test("what takes longer than a twentieth of a second is divided, and what is short is not", async () => {
  const { submissions, submit, finish } = byHand();
  expect(submissions.partsOf(100)).toBe(1);
  submit(100);
  await finish(220);
  expect(submissions.partsOf(100)).toBe(5);
  expect(submissions.partsOf(10)).toBe(1);
  // One dispatch cannot be divided.
  submit(1);
  await finish(1220);
  expect(submissions.partsOf(1)).toBe(1);
  // A copy alone says nothing of dispatches.
  submit(0);
  await finish(1221);
  expect(submissions.partsOf(2)).toBe(2);
  submit(100);
  await finish(1231);
  expect(submissions.partsOf(100)).toBe(1);
});

test("a submission that fails is over too", async () => {
  const submissions = new Submissions();
  submissions.add(Promise.reject(new Error("the device went away")), 1);
  await submissions.idle();
  await submissions.room();
});
