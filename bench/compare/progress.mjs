// Where it is: one line that is written over in a terminal, a plain line for each part elsewhere.

export function progress(stream = process.stderr) {
  const live = stream.isTTY === true
  const started = Date.now()
  const clock = () => {
    const seconds = Math.floor((Date.now() - started) / 1000)
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  }
  const clear = () => live && stream.write('\r\x1b[K')
  return {
    /** A new part has begun. */
    part(text) {
      clear()
      stream.write(`${clock()} ${text}\n`)
    },
    /** A step of it: shown where the line can be taken back. */
    step(text) {
      if (live) stream.write(`\r\x1b[K${clock()} ${text}`.slice(0, (stream.columns || 80) + 3))
    },
    clear,
  }
}
