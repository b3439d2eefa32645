import { test } from 'vitest'
import { ENGINE } from '../support/engine.ts'
import { cookieHeaderLaws } from './laws/cookie-header.ts'
import { deadlineLaws } from './laws/deadlines.ts'
import { lifetimeLaws } from './laws/lifetimes.ts'
import { ownerLimitLaws } from './laws/owner-limit.ts'
import { patchLaws } from './laws/patch.ts'
import { recordLaws } from './laws/record.ts'
import { severalCookiesLaws } from './laws/several-cookies.ts'
import { tokenLaws } from './laws/token.ts'
import { RUNS, SEED } from './runs.ts'

test('T068 T144 a patch changes what its request changed, on any base, and nothing else', () => {
  patchLaws(ENGINE, 1000 * RUNS, SEED)
})

test('T084 T085 T092 T093 T094 a record is read as it was written, or not at all', () => {
  recordLaws(ENGINE, 1000 * RUNS, SEED)
})

test('T025 T026 T028 T032 T033 T034 T061 T132 only a whole token of this server for this cookie is a claim', () => {
  tokenLaws(ENGINE, 1000 * RUNS, SEED)
})

test('T001 T004 T005 T006 T008 T009 T010 T013 T014 T018 T021 T022 any Cookie header is read, and ours found in it', () => {
  cookieHeaderLaws(ENGINE, 1000 * RUNS, SEED)
})

test('T170 no request waits longer than storeTimeout for a store that never answers', async () => {
  await deadlineLaws(ENGINE)
})

test('T158 T160 T161 T162 T166 T168 every deadline holds to the millisecond', async () => {
  await lifetimeLaws(ENGINE)
})

test('T152 of any sign-ins at once, as many as the limit are in, whatever the order of their store calls', async () => {
  await ownerLimitLaws(ENGINE, 60 * RUNS, SEED)
})

test('T001 T002 T025 T133 of several cookies, the living one counts; of several living ones, none', async () => {
  await severalCookiesLaws(ENGINE)
})
