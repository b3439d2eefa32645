import { bug } from './bug.ts'

const by = 'the laws of the owner limit'
const file = 'core/owner-limit.ts'

/** At most so many sessions per owner. */
export const ownerLimitBugs = [
  bug('whoever sees too many is refused', by, file, 'if (ahead.length >= most) return false\n', 'return false\n'),
  bug(
    'who is among the first is let in without waiting for the others to leave',
    by,
    file,
    'if (ahead.length >= most) return false\n',
    'return ahead.length < most\n',
  ),
  bug(
    'those that are waiting never take anybody for settled',
    by,
    file,
    'if (time - since >= patience) settled.add(other)',
    'if (time < since) settled.add(other)',
  ),
  bug(
    'those that are waiting take everybody for settled at once',
    by,
    file,
    'if (time - since >= patience) settled.add(other)',
    'settled.add(other)',
  ),
  bug(
    'a sign-in that is an update is none',
    by,
    'core/revise.ts',
    'noteOwner(kernel, bond, base.owner, entry.owner)',
    '',
  ),
  bug(
    'a refused session is left in the store',
    by,
    file,
    '  await withdraw(visit, bond, owner)\n  throw new SessionStateError(',
    '  letGo(visit, bond, bond.claim!.handle)\n  throw new SessionStateError(',
  ),
  bug(
    'a refused session goes on',
    by,
    file,
    '  await withdraw(visit, bond, owner)\n  throw new SessionStateError(',
    '  throw new SessionStateError(',
  ),
  bug(
    'who is not among the newest stays beside them',
    by,
    file,
    'if (beyond.includes(me)) return ranked.at(-1) as Entrant',
    'if (beyond.includes(me)) beyond.splice(beyond.indexOf(me), 1)',
  ),
  bug(
    'a sign-in ends itself when it is not among the newest',
    by,
    file,
    'if (beyond.includes(me)) return ranked.at(-1) as Entrant',
    '',
  ),
  bug(
    'the newest are ended',
    by,
    file,
    'ranked = [...newest, ...found].sort(oldestFirst)',
    'ranked = [...newest, ...found].sort((a, b) => -oldestFirst(a, b))',
  ),
  bug('an end that met a conflict is taken for done', by, file, "return isDone ? 'done' : 'again'", "return 'done'"),
  bug(
    'two of one millisecond are not told apart',
    by,
    file,
    '(a.createdAt === b.createdAt && a.handle < b.handle)',
    'a.createdAt === b.createdAt',
  ),
  bug(
    'a sign-in that kept its session is as old as that',
    by,
    'core/next-record.ts',
    'const record = isSignIn ? { ...next, createdAt: now } : next',
    'const record = next',
  ),
]
