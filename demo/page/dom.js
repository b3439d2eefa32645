/** Shorthands for the page: no library is loaded for what the browser has. */

export const byId = (id) => document.getElementById(id)

/** Makes an element: `make('b', { className: 'x' }, 'text', other)`. Text stays text, so nothing can be injected. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-') || name === 'role') element.setAttribute(name, value)
    else element[name] = value
  }
  element.append(...children)
  return element
}
