import { defineConfig } from 'tsdown'
import { entries } from './scripts/entries.mjs'

// `scripts/build.mjs` sets the folder: it builds beside `dist` and moves the finished files over.
export default defineConfig({
  entry: Object.fromEntries(entries().map(({ name, source, candidates }) => [name, source ?? candidates[0]])),
  outDir: process.env.HOLDFAST_OUT_DIR ?? 'dist',
  format: { esm: { dts: false }, cjs: { dts: true } },
  platform: 'node',
  target: 'node20.19',
  // `type` is module: `.js` is ESM and `.cjs` is CommonJS.
  fixedExtension: false,
  sourcemap: false,
  clean: false,
  hash: true,
  logLevel: 'warn',
})
