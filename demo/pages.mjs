import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
}

const HEADERS = {
  'cache-control': 'no-cache',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
}

const OWN_PARTS_ONLY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
/** A picture carries its own style, and nothing else. */
const PICTURE_ONLY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

/** Serves the page's files, read once. Only what lies in the folder has an address; nothing is looked up by path. */
export function createPages(root) {
  const folder = join(root, 'demo/page')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && TYPES[extname(entry.name)])
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [`/${relative(folder, path).split(sep).join('/')}`, path])
  // The README shows the same picture.
  files.push(['/flow.svg', join(root, 'docs/images/flow.svg')])
  const pages = new Map(files.map(([address, path]) => [address, load(path)]))
  pages.set('/', pages.get('/index.html'))

  return function answer(request, response) {
    const page = pages.get(request.url.split('?', 1)[0])
    if (!page) return send(response, 404, { 'content-type': 'text/plain; charset=utf-8' }, 'There is nothing here.\n')
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, { allow: 'GET, HEAD' }, '')
    return send(response, 200, page.headers, page.body)
  }
}

function load(path) {
  const body = readFileSync(path)
  const policy = extname(path) === '.svg' ? PICTURE_ONLY : OWN_PARTS_ONLY
  return { body, headers: { 'content-type': TYPES[extname(path)], 'content-security-policy': policy } }
}

function send(response, status, headers, body) {
  response.writeHead(status, { ...HEADERS, ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
