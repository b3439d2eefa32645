// Makes the README's pictures from a running demo: node demo/pictures.mjs [http://localhost:3000]
// Needs a Chromium on the machine (CHROMIUM names another than /usr/bin/chromium).
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const [url = 'http://localhost:3000'] = process.argv.slice(2)
const folder = fileURLToPath(new URL('../docs/images/', import.meta.url))
const MARGIN = 40
// Half the room between two cards.
const GAP = 10

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking', '--disable-gpu'],
})
try {
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({
      colorScheme,
      viewport: { width: 1200, height: 2400 },
      reducedMotion: 'reduce',
    })
    await page.goto(url)
    await page.locator('#lab-run').click()
    await page.locator('#lab-table table').waitFor({ state: 'attached' })
    const title = await page.locator('#lab-title').boundingBox()
    const last = await page.locator('.race').nth(1).boundingBox()
    const top = title.y - MARGIN
    const clip = { x: 0, y: top, width: 1200, height: last.y + last.height + GAP - top }
    await page.screenshot({ path: `${folder}demo-${colorScheme}.png`, clip, fullPage: true })
    await page.close()
  }
} finally {
  await browser.close()
}
