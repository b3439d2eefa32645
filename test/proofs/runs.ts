/** How much the random proofs try: 1 in the suite; `HOLDFAST_RUNS=50` looks for what nobody has found yet. */
export const RUNS = Number(process.env.HOLDFAST_RUNS ?? 1)

/** The seed of everything random; `HOLDFAST_SEED` gives another. */
export const SEED = Number(process.env.HOLDFAST_SEED ?? 20260304)
