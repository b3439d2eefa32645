/** Whole numbers by number, 0 where nothing was set. Grows page by page, so that growing never copies. */
export interface IntColumn {
  get(at: number): number
  set(at: number, value: number): void
  /** Forgets everything and gives the memory back. */
  clear(): void
}

const PAGE_BITS = 11
const PAGE_MASK = (1 << PAGE_BITS) - 1

export function intColumn(): IntColumn {
  const pages: (Int32Array | undefined)[] = []
  return {
    get: (at) => pages[at >> PAGE_BITS]?.[at & PAGE_MASK] ?? 0,
    set(at, value) {
      const index = at >> PAGE_BITS
      while (pages.length <= index) pages.push(undefined)
      let page = pages[index]
      if (page === undefined) {
        page = new Int32Array(1 << PAGE_BITS)
        pages[index] = page
      }
      page[at & PAGE_MASK] = value
    },
    clear() {
      pages.length = 0
    },
  }
}
