import { bug, entryBug, keyBug, overwrite, type SeededBug } from './bug.ts'

const HOUR = 3_600_000

/** insert, update, touch and delete that do something else than they say. */
export const writeBugs: readonly SeededBug[] = [
  entryBug('forgets the owner', ['insert > makes a new entry', 'update > replaces the owner'], {
    in: ({ owner: _, ...entry }) => entry,
  }),

  entryBug('gives nobody an empty name', ['insert > keeps no owner'], {
    out: (entry) => ({ ...entry, owner: entry.owner ?? '' }),
  }),

  bug('insert is an upsert', ['insert > never overwrites a live entry', 'insert > answers "taken"'], (sound) => ({
    insert(key, entry, call) {
      if (sound.insert(key, entry, call) === 'taken') overwrite(sound, key, entry, call.now)
      return 'inserted'
    },
  })),

  bug('insert says "inserted" to a repetition', ['insert > answers "taken" to the same entry'], (sound) => ({
    insert: (key, entry, call) =>
      sound.get(key, call)?.revision === entry.revision ? 'inserted' : sound.insert(key, entry, call),
  })),

  bug('what replaces an expired entry inherits its owner', ['insert > takes the place of an expired'], (sound) => {
    const owners = new Map<string, string>()
    return {
      insert(key, entry, call) {
        const owner = entry.owner ?? owners.get(key)
        const outcome = sound.insert(key, owner === undefined ? entry : { ...entry, owner }, call)
        if (outcome === 'inserted' && owner !== undefined) owners.set(key, owner)
        return outcome
      },
      delete(key, call) {
        owners.delete(key)
        return sound.delete(key, call)
      },
    }
  }),

  bug('a deleted key stays taken', ['insert > works again after a delete'], (sound) => {
    const deleted = new Set<string>()
    return {
      insert: (key, entry, call) => (deleted.has(key) ? 'taken' : sound.insert(key, entry, call)),
      delete(key, call) {
        deleted.add(key)
        return sound.delete(key, call)
      },
    }
  }),

  bug('compares a counter: each write adds one', ['insert > works again after a delete'], (sound) => {
    const counts = new Map<string, Map<string, number>>()
    const count = (key: string, revision: string, number: number) =>
      counts.set(key, (counts.get(key) ?? new Map()).set(revision, number))
    const twin = (key: string, revision: string, now: number) => {
      const current = sound.get(key, { now })?.revision
      const known = counts.get(key)
      return current !== undefined && known?.get(revision) === known?.get(current) ? current : revision
    }
    return {
      insert(key, entry, call) {
        const outcome = sound.insert(key, entry, call)
        if (outcome === 'inserted') count(key, entry.revision, 1)
        return outcome
      },
      update(key, entry, call) {
        const answer = sound.update(key, entry, { ...call, ifRevision: twin(key, call.ifRevision, call.now) })
        const before = counts.get(key)?.get(call.ifRevision) ?? 0
        if (answer.outcome === 'updated') count(key, entry.revision, before + 1)
        return answer
      },
    }
  }),

  bug('keeps an entry for one second at least', ['insert > accepts an entry whose deadline has passed'], (sound) => ({
    insert: (key, entry, call) =>
      sound.insert(key, { ...entry, expiresAt: Math.max(entry.expiresAt, Math.ceil(call.now) + 1_000) }, call),
  })),

  bug(
    'refuses an entry whose deadline has passed',
    ['insert > accepts an entry whose deadline has passed'],
    (sound) => ({
      insert(key, entry, call) {
        if (entry.expiresAt <= call.now) throw new Error('invalid expire time')
        return sound.insert(key, entry, call)
      },
    }),
  ),

  bug('takes a passed deadline for a delete', ['insert > does not let an entry whose deadline'], (sound) => ({
    insert(key, entry, call) {
      if (entry.expiresAt <= call.now) sound.delete(key, call)
      return sound.insert(key, entry, call)
    },
  })),

  keyBug('has room for 64 keys', ['insert > keeps many entries apart'], (key) =>
    /^key-\d+$/.test(key) ? `slot-${Number(key.slice(4)) % 64}` : key,
  ),

  bug('update leaves the deadline as it was', ['update > replaces value, deadline and revision'], (sound) => ({
    update: (key, entry, call) =>
      sound.update(key, { ...entry, expiresAt: sound.get(key, call)?.expiresAt ?? entry.expiresAt }, call),
  })),

  bug(
    'update cannot take the owner away',
    ['update > replaces the owner', 'list by owner > follows updates'],
    (sound) => ({
      update: (key, entry, call) =>
        sound.update(key, { ...entry, owner: entry.owner ?? sound.get(key, call)?.owner }, call),
    }),
  ),

  bug('update only lengthens', ['update > can bring the deadline nearer', 'update > ends the entry'], (sound) => ({
    update: (key, entry, call) => {
      const expiresAt = Math.max(entry.expiresAt, sound.get(key, call)?.expiresAt ?? 0)
      return sound.update(key, { ...entry, expiresAt }, call)
    },
  })),

  bug('update inserts what is gone', ['update > never creates: an unknown key'], (sound) => ({
    update(key, entry, call) {
      const answer = sound.update(key, entry, call)
      if (answer.outcome === 'gone') sound.insert(key, entry, call)
      return answer
    },
  })),

  bug('delete hides, and a matching update brings back', ['update > never creates: a deleted entry'], (sound) => {
    const hidden = new Map<string, string>()
    return {
      delete(key, call) {
        const revision = sound.get(key, call)?.revision
        const outcome = sound.delete(key, call)
        if (outcome === 'deleted') hidden.set(key, revision!)
        return outcome
      },
      update(key, entry, call) {
        if (hidden.get(key) === call.ifRevision) sound.insert(key, entry, call)
        return sound.update(key, entry, call)
      },
    }
  }),

  bug('a conflict does not say what is there', ['update > with another revision is a conflict'], (sound) => ({
    update(key, entry, call) {
      const answer = sound.update(key, entry, call)
      return (answer.outcome === 'conflict' ? { outcome: 'conflict' } : answer) as typeof answer
    },
  })),

  bug('update ignores the revision', ['update > with another revision is a conflict'], (sound) => ({
    update: (key, entry, call) =>
      sound.update(key, entry, { ...call, ifRevision: sound.get(key, call)?.revision ?? call.ifRevision }),
  })),

  bug('update takes the revision before as well', ['update > no longer matches the revision'], (sound) => {
    const before = new Map<string, string>()
    return {
      update(key, entry, call) {
        const current = sound.get(key, call)?.revision
        const matches = before.get(key) === call.ifRevision && current !== undefined
        const answer = sound.update(key, entry, matches ? { ...call, ifRevision: current } : call)
        if (answer.outcome === 'updated') before.set(key, current!)
        return answer
      },
    }
  }),

  bug('a conflict returns the entry before the touch', ['update > returns in a conflict'], (sound) => {
    const written = new Map<string, number>()
    const note = (key: string, expiresAt: number) => written.set(key, expiresAt)
    return {
      insert(key, entry, call) {
        const outcome = sound.insert(key, entry, call)
        if (outcome === 'inserted') note(key, entry.expiresAt)
        return outcome
      },
      update(key, entry, call) {
        const answer = sound.update(key, entry, call)
        if (answer.outcome === 'updated') note(key, entry.expiresAt)
        if (answer.outcome !== 'conflict') return answer
        return { ...answer, current: { ...answer.current, expiresAt: written.get(key) ?? 0 } }
      },
    }
  }),

  ...[
    { how: 'without regard to case', fold: (revision: string) => revision.toLowerCase() },
    { how: 'by the first eight characters', fold: (revision: string) => revision.slice(0, 8) },
    { how: 'without trailing spaces', fold: (revision: string) => revision.trimEnd().slice(-60) },
  ].map(({ how, fold }) =>
    bug(`compares revisions ${how}`, ['update > compares revisions whole'], (sound) => ({
      update(key, entry, call) {
        const current = sound.get(key, call)?.revision
        const equal = current !== undefined && fold(String(call.ifRevision)) === fold(current)
        return sound.update(key, entry, equal ? { ...call, ifRevision: current } : call)
      },
    })),
  ),

  bug(
    'compares only if there is something to compare',
    ['update > does not treat a forgotten ifRevision'],
    (sound) => ({
      touch: (key, expiresAt, call) =>
        sound.touch(key, expiresAt, { ...call, ifRevision: call.ifRevision || (sound.get(key, call)?.revision ?? '') }),
    }),
  ),

  bug('update reaches keys that begin alike', ['update > leaves all other entries alone'], (sound) => ({
    update(key, entry, call) {
      const answer = sound.update(key, entry, call)
      for (const row of answer.outcome === 'updated' ? sound.list({ limit: 1000 }, call).entries : []) {
        if (row.key !== key && row.key.startsWith(key)) overwrite(sound, row.key, entry, call.now)
      }
      return answer
    },
  })),

  bug(
    'touch is a save with a new revision',
    ['touch > moves the deadline on', 'touch > makes nobody lose'],
    (sound) => ({
      touch(key, expiresAt, call) {
        const outcome = sound.touch(key, expiresAt, call)
        const entry = sound.get(key, call)
        if (outcome === 'touched' && entry) overwrite(sound, key, { ...entry, revision: 'touched' }, call.now)
        return outcome
      },
    }),
  ),

  bug('touch only lengthens', ['touch > can bring the deadline nearer', 'touch > ends the entry'], (sound) => ({
    touch: (key, expiresAt, call) => sound.touch(key, Math.max(expiresAt, sound.get(key, call)?.expiresAt ?? 0), call),
  })),

  bug('touch ignores the revision', ['touch > with another revision is a conflict'], (sound) => ({
    touch: (key, expiresAt, call) =>
      sound.touch(key, expiresAt, { ...call, ifRevision: sound.get(key, call)?.revision ?? call.ifRevision }),
  })),

  bug(
    'touch makes what is not there',
    ['touch > never creates: an unknown', 'touch > never creates: a deleted'],
    (sound) => ({
      touch(key, expiresAt, call) {
        const outcome = sound.touch(key, expiresAt, call)
        if (outcome === 'gone') sound.insert(key, { value: '{}', expiresAt, revision: call.ifRevision }, call)
        return outcome
      },
    }),
  ),

  bug('touch revives what has expired lately', ['touch > never brings an expired entry back'], (sound) => ({
    touch: (key, expiresAt, call) => sound.touch(key, expiresAt, { ...call, now: call.now - HOUR / 2 }),
  })),

  bug('delete removes only what it is told the revision of', ['delete > without ifRevision'], (sound) => ({
    delete: (key, call) => sound.delete(key, { ...call, ifRevision: call.ifRevision ?? 'none' }),
  })),

  bug('delete with a revision says so and does nothing', ['delete > with ifRevision removes'], (sound) => ({
    delete: (key, call) => (call.ifRevision && sound.get(key, call) ? 'deleted' : sound.delete(key, call)),
  })),

  bug('delete ignores the revision', ['delete > with another revision is a conflict'], (sound) => ({
    delete: (key, { now }) => sound.delete(key, { now }),
  })),

  bug('delete always says "deleted"', ['delete > answers "gone" the second time'], (sound) => ({
    delete(key, call) {
      const outcome = sound.delete(key, call)
      return outcome === 'gone' ? 'deleted' : outcome
    },
  })),

  bug('delete reaches keys that begin alike', ['delete > leaves all other entries alone'], (sound) => ({
    delete(key, call) {
      const outcome = sound.delete(key, call)
      const { entries } = sound.list({ limit: 1000 }, call)
      for (const row of entries)
        if (outcome === 'deleted' && row.key.startsWith(key)) sound.delete(row.key, { now: call.now })
      return outcome
    },
  })),
]
