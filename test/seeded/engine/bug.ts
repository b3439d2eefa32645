/** A bug that somebody could make, as a change of the engine's text. */
export interface Bug {
  readonly name: string
  /** The proof that finds it first. */
  readonly by: string
  readonly edits: readonly Edit[]
}

export interface Edit {
  /** Below `src`. */
  readonly file: string
  /** Stands in the file exactly once; otherwise the list is out of step, which is an error. */
  readonly from: string
  readonly to: string
}

export const bug = (name: string, by: string, file: string, from: string, to: string, ...more: Edit[]): Bug => ({
  name,
  by,
  edits: [{ file, from, to }, ...more],
})
