import { describe, expect, test } from 'vitest'
import { isInnerHost, isPublicAddress } from '../../src/http/address.js'
import { allowedHosts } from '../../src/http/allowed-hosts.js'
import { innerHosts, publicHosts } from './inner-addresses.js'

describe('an inner host', () => {
  test.each(innerHosts)('%s', (written, hostname) => {
    const url = new URL(`https://${written}/`)
    expect(url.hostname).toBe(hostname)
    expect(isInnerHost(url.hostname)).toBe(true)
  })

  test('of the table: sixty rows and more, each once', () => {
    expect(innerHosts.length).toBeGreaterThanOrEqual(60)
    expect(new Set(innerHosts.map(([written]) => written)).size).toBe(innerHosts.length)
  })
})

test.each(publicHosts)('%s is public', (written) => {
  expect(isInnerHost(new URL(`https://${written}/`).hostname)).toBe(false)
})

test.each(['', 'example.com', '1.2.3', '127.0.0.1:80', '[::1]', 'fe80::1%eth0', '256.1.1.1', '::g'])(
  'what is not an address by number is not a public one: %j',
  (text) => expect(isPublicAddress(text)).toBe(false),
)

describe('hosts that the app has named', () => {
  const rows: readonly (readonly [named: string, url: string, expected: boolean])[] = [
    ['localhost:5232', 'http://localhost:5232/', true],
    ['localhost:5232', 'http://localhost:5233/', false],
    ['localhost:5232', 'http://localhost/', false],
    ['localhost:5232', 'http://127.0.0.1:5232/', false],
    ['nas.local', 'https://nas.local:5001/', true],
    ['nas.local', 'http://nas.local/', true],
    ['NAS.local.', 'https://nas.local/', true],
    ['nas.local', 'https://nas.local./', true],
    ['nas.local', 'https://a.nas.local/', false],
    ['nas.local', 'https://nas.local.evil.example/', false],
    ['nas.local:80', 'http://nas.local/', true],
    ['nas.local:443', 'https://nas.local/', true],
    ['nas.local:443', 'http://nas.local/', false],
    ['[::1]:5232', 'http://[::1]:5232/', true],
    ['[0:0::1]', 'http://[::1]:9/', true],
    ['127.0.0.1', 'http://2130706433:8080/', true],
    ['bücher.local', 'https://xn--bcher-kva.local/', true],
  ]
  test.each(rows)('%s for %s: %s', (named, url, expected) => {
    expect(allowedHosts([named])(new URL(url))).toBe(expected)
  })

  test('nobody is named by default', () => {
    expect(allowedHosts()(new URL('https://example.com/'))).toBe(false)
  })

  test.each([
    '',
    'https://nas.local',
    'nas.local/dav',
    'jane@nas.local',
    '*',
    'a b',
    '[::1',
    'nas.local:99999999',
    ':80',
  ])('%j is no host, and is not taken for one that is never asked', (named) => {
    expect(() => allowedHosts([named])).toThrow(expect.objectContaining({ code: 'invalid_input' }))
  })
})
