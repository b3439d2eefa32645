import { control, dropInRules } from './drop-in.ts'
import { EMBEDDED } from './embedded.ts'
import { nativeRules } from './native.ts'

for (const [name, open] of Object.entries(EMBEDDED)) {
  dropInRules(name, open)
  nativeRules(name, open)
}
for (const [name, open] of Object.entries(EMBEDDED).slice(0, 3)) control(name, open)
