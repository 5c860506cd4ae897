import { expect, test } from 'vitest';
import { Heartbeat } from '@isomux/sandbox-process';

function beat(answers: (ping: number) => boolean, stopped: (tick: number) => boolean = () => false) {
  const seen = { pings: 0, dead: [] as string[], ticks: 0 };
  const heartbeat = new Heartbeat({
    ping: () => {
      if (answers(seen.pings++)) heartbeat.heard();
    },
    isStopped: () => stopped(seen.ticks),
    dead: (why) => seen.dead.push(why),
  });
  for (; seen.ticks < 400 && seen.dead.length === 0; seen.ticks++) heartbeat.tick();
  return seen;
}

test('a process that answers is left alone, also one that is late', () => {
  expect(beat(() => true)).toEqual({ pings: 40, dead: [], ticks: 400 });
  expect(beat((ping) => ping % 10 === 9).dead).toEqual([]);
});

test('one that never answers is given up after fifteen seconds, one that is stopped after two', () => {
  expect(beat(() => false)).toMatchObject({ dead: ['it does not answer'], ticks: 150 });
  expect(
    beat(
      () => false,
      (tick) => tick > 30,
    ),
  ).toMatchObject({ dead: ['it is stopped'], ticks: 51 });
});

test('a short stop is nothing', () => {
  expect(
    beat(
      () => true,
      (tick) => tick % 20 !== 0,
    ).dead,
  ).toEqual([]);
});
