import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RealServer, startServers, startTimeoutMs, stopServers } from './real-server.js'

let servers: readonly RealServer[] = []

beforeAll(async () => {
  servers = await startServers(['radicale', 'cyrus'])
}, startTimeoutMs)
afterAll(() => stopServers(servers))

test('the demo runs between two servers of different make, in calendars that it makes and removes', async () => {
  const [a, b] = servers as [RealServer, RealServer]
  const before = await Promise.all([calendarsOf(a), calendarsOf(b)])
  const addresses = ['--caldav-a', a.home, '--caldav-b', b.home]
  const users = ['--user-a', 'jane', '--password-a', 'secret', '--user-b', 'jane', '--password-b', 'secret']
  const { code, stdout, stderr } = await runDemo([...addresses, ...users])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/, 15 created, 0 updated, 0 removed$/m)
  expect(stdout.match(/Thu 26 Mar 14:00–15:00 {2}Design review {2}Room Birch/g)).toHaveLength(2)
  expect(stdout).toContain('1 waiting for a person')
  expect(stdout).toMatch(/Wed 01 Apr 19:00–20:30 {2}Choir practice/)
  expect(stdout.match(/Copies of it in Work: (\d+)/g)).toEqual(['Copies of it in Work: 1', 'Copies of it in Work: 1'])
  expect(stdout).toContain('0 seen, 0 created, 0 updated, 0 removed')
  expect(await Promise.all([calendarsOf(a), calendarsOf(b)])).toEqual(before)
})

async function calendarsOf(server: RealServer): Promise<readonly string[]> {
  return (await server.open().listCalendars()).map(({ id }) => id)
}

function runDemo(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  const command = ['--import', './scripts/typescript.mjs', 'examples/demo/main.ts', ...args]
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd, timeout: 100_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr })
    })
  })
}
