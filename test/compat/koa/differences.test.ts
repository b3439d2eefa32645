import { reviewed } from '../harness/compare.ts'
import { differences } from './differences.ts'
import { stories } from './stories.ts'

reviewed(stories, differences)
