// Numbers and text for the page. Everything that comes out of the JSON goes through `text`.

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
export const text = (value) => String(value).replace(/[&<>"']/g, (char) => ENTITIES[char])

const digits = (value) => {
  const size = Math.abs(value)
  return size >= 100 ? 0 : size >= 10 ? 1 : 2
}

/** A number with about three digits. */
export const number = (value) =>
  Number.isFinite(value)
    ? (value === 0 ? 0 : value).toLocaleString('en', { maximumFractionDigits: digits(value) }).replace('-', '−')
    : '–'

export const signed = (value) => (value > 0 ? `+${number(value)}` : number(value))
export const percent = (share) => `${number(Math.round(Math.abs(share) * 100))}\u00a0%`

/** `12 (10 to 15)`. */
export const withSpread = (spread, show = number) =>
  spread ? `${show(spread.median)} <small>(${show(spread.low)} to ${show(spread.high)})</small>` : '–'

export const list = (items) =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
