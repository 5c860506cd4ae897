import { beforeAll, describe, expect, it } from 'vitest';
import { createWorlds, everywhere, runHere, type Worlds } from './lazy-worlds.ts';

/** Moves the clock of a bare world and fires what is due; returns how many timers are left. */
declare function advance(ms: number): number;

describe('AbortController and AbortSignal', () => {
  let worlds: Worlds;
  beforeAll(async () => {
    worlds = await createWorlds('abort');
  });

  const expectAsNode = (probe: () => unknown): void => {
    expect(worlds.run(probe)).toEqual(everywhere(runHere(probe)));
  };

  it('abort once, with the reason given or an AbortError', () => {
    expectAsNode(() => {
      const controller = new AbortController();
      const { signal } = controller;
      const before = [signal.aborted, signal.reason, signal === controller.signal];
      controller.abort();
      const first: unknown = signal.reason;
      controller.abort('later');
      const { name, message, code } = first as { name: string; message: string; code: number };
      const reasons = [null, 0, '', 'why'].map((reason) => {
        const other = new AbortController();
        other.abort(reason);
        return [other.signal.aborted, other.signal.reason];
      });
      return [before, signal.aborted, signal.reason === first, first instanceof Error, name, message, code, reasons];
    });
  });

  it('throw the reason itself from throwIfAborted', () => {
    expectAsNode(() => {
      const reason = { mine: true };
      const signal = AbortSignal.abort(reason);
      try {
        new AbortController().signal.throwIfAborted();
        signal.throwIfAborted();
        return 'did not throw';
      } catch (error) {
        return error === reason;
      }
    });
  });

  it('dispatch in order of addition, onabort at the place of its first setting', () => {
    expectAsNode(() => {
      const calls: string[] = [];
      const controller = new AbortController();
      const { signal } = controller;
      signal.addEventListener('abort', () => calls.push('first'));
      signal.onabort = () => calls.push('replaced');
      signal.addEventListener('abort', () => calls.push('third'));
      signal.onabort = () => calls.push('onabort');
      signal.addEventListener('other', () => calls.push('never'));
      controller.abort();
      return calls;
    });
  });

  it('dispatch an abort event once, with this, target and trust', () => {
    expectAsNode(() => {
      const calls: unknown[] = [];
      const controller = new AbortController();
      const { signal } = controller;
      signal.addEventListener('abort', function (event) {
        const { type, bubbles, cancelable, defaultPrevented, eventPhase, isTrusted } = event;
        calls.push([this === signal, event.target === signal, event.currentTarget === signal, event.composedPath().length === 1]);
        calls.push([type, bubbles, cancelable, defaultPrevented, eventPhase, isTrusted, signal.aborted, event.constructor.name]);
        queueEvent = event;
      });
      let queueEvent: Event | undefined;
      controller.abort();
      controller.abort();
      return [calls, queueEvent?.currentTarget === null, queueEvent?.target === signal, queueEvent?.composedPath(), queueEvent?.eventPhase];
    });
  });

  it('honour once, removal, duplicates, capture and handler objects', () => {
    expectAsNode(() => {
      const calls: string[] = [];
      const { signal } = new AbortController();
      const repeated = (): void => void calls.push('repeated');
      const removed = (): void => void calls.push('removed');
      const object = { handleEvent: (event: Event) => void calls.push(`object ${event.type}`) };
      signal.addEventListener('abort', repeated);
      signal.addEventListener('abort', repeated);
      signal.addEventListener('abort', repeated, true);
      signal.addEventListener('abort', () => void calls.push('once'), { once: true });
      signal.addEventListener('abort', removed);
      signal.removeEventListener('abort', removed);
      signal.addEventListener('abort', removed, { capture: true });
      signal.removeEventListener('abort', removed);
      signal.addEventListener('abort', object);
      // A made-up event is as good for listeners, and does not abort.
      const EventClass = eventClass();
      const results = [signal.dispatchEvent(new EventClass('abort')), signal.dispatchEvent(new EventClass('abort'))];
      return [calls.toSorted(), results, signal.aborted];

      function eventClass(): typeof Event {
        const controller = new AbortController();
        let constructor: typeof Event | undefined;
        controller.signal.onabort = (event) => {
          constructor = event.constructor as typeof Event;
        };
        controller.abort();
        if (constructor === undefined) throw new Error('no event');
        return constructor;
      }
    });
  });

  it('leave a listener added while dispatching to the next event, as the standard says', () => {
    const probe = (): unknown => {
      const calls: string[] = [];
      const controller = new AbortController();
      const { signal } = controller;
      signal.addEventListener('abort', () => {
        calls.push('first');
        signal.addEventListener('abort', () => void calls.push('added'));
      });
      controller.abort();
      return calls;
    };
    expect(worlds.run(probe)).toEqual(everywhere(['first']));
  });

  it('stop at stopImmediatePropagation, and skip what a listener removes', () => {
    expectAsNode(() => {
      const calls: string[] = [];
      const controller = new AbortController();
      const { signal } = controller;
      const later = (): void => void calls.push('removed by an earlier one');
      signal.addEventListener('abort', () => {
        calls.push('first');
        signal.removeEventListener('abort', later);
      });
      signal.addEventListener('abort', later);
      signal.addEventListener('abort', (event) => {
        calls.push('last');
        event.stopImmediatePropagation();
      });
      signal.addEventListener('abort', () => void calls.push('never'));
      controller.abort();
      return calls;
    });
  });

  it('drop listeners whose own signal has aborted', () => {
    expectAsNode(() => {
      const calls: string[] = [];
      const [main, guard] = [new AbortController(), new AbortController()];
      main.signal.addEventListener('abort', () => void calls.push('guarded'), { signal: guard.signal });
      main.signal.addEventListener('abort', () => void calls.push('never added'), { signal: AbortSignal.abort() });
      main.signal.addEventListener('abort', () => void calls.push('free'));
      guard.abort();
      main.abort();
      return calls;
    });
  });

  it('follow any of several signals, through several levels, before any listener runs', () => {
    expectAsNode(() => {
      const calls: string[] = [];
      const [one, two] = [new AbortController(), new AbortController()];
      const either = AbortSignal.any([one.signal, two.signal]);
      const nested = AbortSignal.any([either]);
      one.signal.addEventListener('abort', () => calls.push(`one: ${String(either.aborted)} ${String(nested.aborted)}`));
      nested.addEventListener('abort', () => void calls.push('nested'));
      either.addEventListener('abort', () => void calls.push('either'));
      one.abort('first');
      two.abort('second');
      const already = AbortSignal.any([two.signal, one.signal]);
      const none = AbortSignal.any([]);
      return [calls, either.reason, nested.reason, already.aborted, already.reason, none.aborted];
    });
  });

  it('clear onabort with null, and ignore what is no object', () => {
    expectAsNode(() => {
      const calls: string[] = [];
      const controller = new AbortController();
      const { signal } = controller;
      signal.onabort = () => void calls.push('cleared');
      signal.onabort = null;
      const cleared = signal.onabort as unknown;
      signal.onabort = 5 as never;
      const ignored = signal.onabort as unknown;
      controller.abort();
      return [calls, cleared, ignored];
    });
  });

  it('refuse what Node refuses', () => {
    expectAsNode(() => {
      const { signal } = new AbortController();
      const attempts: (() => unknown)[] = [
        () => new (AbortSignal as unknown as new () => unknown)(),
        () => (AbortController as unknown as () => unknown)(),
        () => AbortSignal.any([{} as never]),
        () => AbortSignal.any(undefined as never),
        () => signal.dispatchEvent({ type: 'abort' } as never),
        () => (signal.addEventListener as (type: string) => void)('abort'),
        () => signal.addEventListener('abort', () => undefined, { signal: {} as never }),
        () => Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')?.get?.call({}),
      ];
      return attempts.map((attempt) => {
        try {
          attempt();
          return 'accepted';
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
  });

  it('look like the platform classes', () => {
    expectAsNode(() => {
      const controller = new AbortController();
      const { signal } = controller;
      return [
        [AbortController.name, AbortSignal.name, Object.getPrototypeOf(AbortSignal.prototype).constructor.name],
        [Object.prototype.toString.call(controller), Object.prototype.toString.call(signal)],
        [controller instanceof AbortController, signal instanceof AbortSignal, AbortSignal.abort() instanceof AbortSignal],
        [JSON.stringify(signal)],
        Object.keys(AbortController.prototype).toSorted(),
      ];
    });
  });

  it('work when taken off their class, as bound helpers do', () => {
    expectAsNode(() => {
      const { abort, any } = AbortSignal;
      return [abort('x').reason, any([abort('y')]).reason];
    });
  });

  it('refuse timeouts that are no span of time', () => {
    const probe = (): unknown =>
      [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 'soon', undefined].map((delay) => {
        try {
          return AbortSignal.timeout(delay as number).aborted;
        } catch (error) {
          return (error as Error).name;
        }
      });
    expect(worlds.run(probe)).toEqual(everywhere(Array(6).fill('TypeError')));
  });

  it('time out by the clock of the run', () => {
    const probe = (): unknown => {
      const calls: unknown[] = [];
      const signal = AbortSignal.timeout(50);
      const any = AbortSignal.any([signal, new AbortController().signal]);
      signal.onabort = () => void calls.push('timeout');
      advance(49);
      const before = signal.aborted;
      const left = advance(1);
      const { name, message, code } = signal.reason as { name: string; message: string; code: number };
      return [before, signal.aborted, left, calls, name, message, code, any.reason === signal.reason];
    };
    expect(worlds.run(probe)).toEqual(
      everywhere([false, true, 0, ['timeout'], 'TimeoutError', 'The operation was aborted due to timeout', 23, true]),
    );
  });

  it('go on after a listener throws, and surface its error as an unhandled rejection', () => {
    const probe = (answer: (value: unknown) => void): void => {
      const calls: string[] = [];
      const rejected: unknown[] = [];
      const { then } = Promise.prototype;
      // Watches for the rejection that has no handler: each world reports those in a way of its own.
      Reflect.set(Promise.prototype, 'then', function (this: Promise<unknown>, ...handlers: unknown[]): unknown {
        const next = Reflect.apply(then, this, handlers as never) as Promise<unknown>;
        void Reflect.apply(then, next, [undefined, (error: unknown) => rejected.push((error as Error).message)]);
        return next;
      });
      const controller = new AbortController();
      controller.signal.addEventListener('abort', () => {
        throw new Error('listener');
      });
      controller.signal.addEventListener('abort', () => void calls.push('second'));
      controller.abort();
      Reflect.set(Promise.prototype, 'then', then);
      void Promise.resolve()
        .then(() => undefined)
        .then(() => undefined)
        .then(() => answer([calls, rejected]));
    };
    expect(worlds.runAsync(probe)).toEqual(everywhere([['second'], ['listener']]));
  });

  it('reject an awaited race, the way programs use them', () => {
    const probe = (answer: (value: unknown) => void): void => {
      const signal = AbortSignal.timeout(10);
      const aborted = new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      advance(10);
      aborted.then(
        () => answer('resolved'),
        (error: unknown) => answer([(error as Error).name, error instanceof Error, String(error)]),
      );
    };
    expect(worlds.runAsync(probe)).toEqual(everywhere(['TimeoutError', true, 'TimeoutError: The operation was aborted due to timeout']));
  });
});
