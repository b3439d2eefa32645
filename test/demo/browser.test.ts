import { spawnSync } from 'node:child_process'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataFolder, type RunningDemo, startDemo } from './support/demo.ts'

/** The page answers when it does; how long that takes says more about the machine. */
const soon = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 60_000 })

/** The path of a Chromium on this machine, if there is one. */
const findBrowser = (): string | undefined => {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const found = names.map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout?.trim())
  return process.env.CHROMIUM || found.find(Boolean)
}

const executablePath = findBrowser()
if (!executablePath) {
  const how = 'Install one (Debian: apt-get install chromium) or name one in CHROMIUM.'
  if (process.env.REQUIRE_BROWSER) throw new Error(`REQUIRE_BROWSER is set and there is no Chromium. ${how}`)
  process.stderr.write(
    `\nNOT RUN: the demo's page was not tested in a browser, because there is no Chromium. ${how}\n\n`,
  )
}

describe.skipIf(!executablePath)(
  'the demo’s page in a browser (not run without Chromium)',
  { timeout: 120_000 },
  () => {
    const folder = dataFolder()
    let demo: RunningDemo
    let browser: Browser

    beforeAll(async () => {
      demo = await startDemo(folder.path)
      const args = ['--no-sandbox', '--disable-background-networking', '--disable-gpu']
      browser = await chromium.launch({ executablePath: executablePath as string, args })
    })
    afterAll(async () => {
      await browser?.close()
      await demo?.stop()
      folder.remove()
    })

    /** A window of its own, and all that went wrong in it: script errors and what the policy blocked. */
    const open = async (options: Parameters<Browser['newContext']>[0] = {}) => {
      const context: BrowserContext = await browser.newContext(options)
      const page: Page = await context.newPage()
      const wrong: string[] = []
      page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()))
      page.on('pageerror', (error) => wrong.push(error.message))
      await page.goto(demo.url)
      return { page, wrong, context }
    }

    const signIn = async (page: Page, name: string) => {
      await page.getByLabel('Name').fill(name)
      await page.keyboard.press('Enter')
      await page.locator('#signed-in').waitFor()
    }

    it('signs in, changes data through both frameworks, and signs the other browser out', async () => {
      const [laptop, phone] = [await open(), await open()]
      await signIn(laptop.page, 'Ada')
      await signIn(phone.page, 'Ada')
      await laptop.page.getByRole('button', { name: 'via Koa' }).click()
      await laptop.page.getByRole('radio', { name: 'Express' }).check({ force: true })
      await laptop.page.getByRole('button', { name: 'via Express' }).click()
      await laptop.page.getByLabel('A note').fill('<b>rope</b>')
      await laptop.page.getByRole('button', { name: 'Add note' }).click()
      await soon(() => laptop.page.locator('#views').textContent()).toBe('2')
      await soon(() => laptop.page.locator('#json').textContent()).toContain('<b>rope</b>')

      await laptop.page.getByRole('button', { name: 'Sign it out' }).click()
      await soon(() => laptop.page.locator('#browsers li').count()).toBe(1)
      await phone.page.reload()
      await phone.page.locator('#sign-in').waitFor()

      await laptop.page.getByRole('button', { name: 'Sign out everywhere' }).click()
      await laptop.page.locator('#sign-in').waitFor()
      expect(await laptop.page.evaluate('document.activeElement.name')).toBe('name')
      expect([...laptop.wrong, ...phone.wrong]).toEqual([])
      await laptop.context.close()
      await phone.context.close()
    })

    it('runs the races with the keyboard, draws what was measured, and says it aloud', async () => {
      const { page, wrong, context } = await open({ colorScheme: 'dark' })
      await page.locator('#lab-run').focus()
      await page.keyboard.press('Enter')
      await page.locator('#lab-table table').waitFor({ state: 'attached' })
      expect(await page.locator('#cells-writers-Holdfast .kept').count()).toBe(20)
      expect(await page.getByRole('img', { name: 'Holdfast: 20 of 20 changes kept' }).count()).toBe(1)
      expect(await page.locator('#verdicts-logout-Holdfast .bad, #verdicts-rotation-Holdfast .bad').count()).toBe(0)
      expect(await page.locator('#lab-live').textContent()).toMatch(/requests in/)
      expect(wrong).toEqual([])
      await context.close()
    })

    it('fits on a phone', async () => {
      const { page, wrong, context } = await open({ viewport: { width: 390, height: 844 } })
      await signIn(page, 'a-name-that-is-forty-characters-long-....')
      await page.locator('#lab-run').click()
      await page.locator('#lab-table table').waitFor({ state: 'attached' })
      for (const details of await page.locator('details summary').all()) await details.click()
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )
      expect(overflow).toBe(0)
      expect(wrong).toEqual([])
      await context.close()
    })
  },
)
