import { bug } from './bug.ts'

const revise = 'core/revise.ts'
const commit = 'core/commit.ts'
const next = 'core/next-record.ts'

/** Lost updates, revived sessions, false acknowledgements. */
export const commitBugs = [
  bug(
    'a save creates what has gone',
    'two requests in two processes',
    revise,
    "if (answer.outcome === 'gone') return 'gone'",
    `if (answer.outcome === 'gone') {
       await backend.ask('insert', Math.max(1, left()), now, (store, call) => store.insert(handle, entry, call))
       return held
     }`,
  ),
  bug(
    'a conflict is written over',
    'one request, two failing calls',
    revise,
    "base = current ? opened(current) : 'unreadable'",
    "base = current ? { ...base, revision: current.revision } : 'unreadable'",
  ),
  bug(
    'the live object is written, not the patch',
    'one request, two failing calls',
    next,
    'return applied(base, patch)',
    'return text',
  ),
  bug(
    'the patch is made against the store, not against what was seen',
    'one request, two failing calls',
    next,
    'difference(seen, JSON.parse(text), hidden)',
    'difference(base, JSON.parse(text), hidden)',
  ),
  bug(
    'the patch is made from the session object when the conflict is met',
    'two requests in two processes',
    next,
    'difference(seen, JSON.parse(text), hidden)',
    'difference(seen, (bond.live ?? {}) as Record<string, unknown>, hidden)',
  ),
  bug(
    'after a merge, the merged data count as seen',
    'two requests in two processes',
    commit,
    'bond.seen = text\n  if (!amendment',
    'bond.seen = written.record.text\n  if (!amendment',
  ),
  bug(
    'nested changes are not seen',
    'the laws of the patch',
    'core/patch.ts',
    '|| JSON.stringify(before[key]) !== text)',
    ')',
  ),
  bug(
    'every nested object counts as changed',
    'the laws of the patch',
    'core/patch.ts',
    'JSON.stringify(before[key]) !== text',
    'before[key] !== live[key]',
  ),
  bug('deleted keys stay', 'the laws of the patch', 'core/patch.ts', 'unset.add(key)', 'unset.size'),
  bug('hidden keys count as deleted', 'the laws of the patch', 'core/patch.ts', '!hidden.has(key) &&', ''),
  bug(
    'update() changes what its request saw',
    'two requests in two processes',
    next,
    'amended(data, amendment)',
    'amended(text, amendment)',
  ),
  bug(
    'update() runs its function once',
    'two requests in two processes',
    next,
    'const value = amendment.change(',
    'const value = amendment.value ?? amendment.change(',
  ),
  bug(
    'a write that arrived twice counts as a conflict',
    'one request, two failing calls',
    revise,
    'if (answer.current.revision === entry.revision) return held',
    '',
  ),
  bug('revisions repeat', 'one request, two failing calls', next, '?? randomText(8)', "?? 'r'"),
  bug(
    'a commit takes over from the one before it without a look',
    'two requests in one process',
    revise,
    'handed ? opened(handed) : (bond.latest as Held)',
    'handed ?? (bond.latest as Held)',
  ),
  bug(
    'a commit that waited too long is sent after all',
    'the laws of the deadlines',
    revise,
    'if (!queued || left() > 0) outcome',
    'outcome',
  ),
  bug(
    'every attempt has the time of the first',
    'two requests, a cookie due for renewal',
    revise,
    'const now = options.clock.now()\n',
    'const now = started\n',
    {
      file: revise,
      from: 'let outcome: Held | Loss | undefined\n',
      to: 'const started = options.clock.now()\n  let outcome: Held | Loss | undefined\n',
    },
  ),
  bug(
    'a touch creates what has gone',
    'two requests in two processes',
    commit,
    "const found = outcome === 'gone' ? outcome : await",
    `if (outcome === 'gone') {
      const { entry } = entryOf(kernel, claim.handle, latest.record, now)
      await backend.ask('insert', options.storeTimeout, now, (store, call) => store.insert(claim.handle, entry, call))
      return
    }
    const found = await`,
  ),
  bug(
    'a lost session is created again under its handle',
    'two requests in two processes',
    commit,
    'bond.over = loss\n',
    'bond.latest = undefined\n',
  ),
  bug(
    'save() of a lost session says nothing',
    'two requests in two processes',
    commit,
    "if (call.explicit || visit.kernel.options.onLost === 'error') throw",
    'if (visit.kernel.options.onLost === undefined) throw',
  ),
  bug(
    'a repeated first save keeps what was deleted since',
    'one request, two failing calls',
    commit,
    'bond.seen = found.record.text\n',
    '',
  ),
  bug(
    'a forged or dead handle is adopted',
    'one request, two failing calls',
    commit,
    'bond.claim ??= kernel.contract.issue()',
    'bond.claim ??= visit.origin ?? kernel.contract.issue()',
  ),
  bug(
    'a superseded request creates a session',
    'two requests in two processes',
    'core/native.ts',
    'bar ?? (exchange',
    '(exchange',
  ),
]
