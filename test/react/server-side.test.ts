import { createElement, type FunctionComponent } from 'react'
import { renderToString } from 'react-dom/server'
import { expect, test } from 'vitest'
import { fixtureClient } from '../../src/client/index.js'
import {
  CalweaveProvider,
  ConflictDialog,
  ConnectWizard,
  NotificationList,
  OriginBadge,
  SettingsPanel,
  StatusBanner,
  StatusDashboard,
  Toasts,
} from '../../src/react/index.js'

const components: readonly (readonly [string, FunctionComponent])[] = [
  ['ConnectWizard', () => createElement(ConnectWizard)],
  ['SettingsPanel', () => createElement(SettingsPanel, { groupId: 'g' })],
  ['ConflictDialog', () => createElement(ConflictDialog, { conflictId: 'c', onClose: () => undefined })],
  ['OriginBadge', () => createElement(OriginBadge, { calendarId: 'c' })],
  ['StatusBanner', () => createElement(StatusBanner)],
  ['NotificationList', () => createElement(NotificationList)],
  ['Toasts', () => createElement(Toasts)],
  ['StatusDashboard', () => createElement(StatusDashboard)],
]

test.each(components)('%s is rendered on a server, where nothing is asked for', (_, component) => {
  expect(typeof document).toBe('undefined')
  const client = fixtureClient({})
  const html = renderToString(createElement(CalweaveProvider, { client }, createElement(component)))
  expect(html).toContain('<')
  expect(client.calls).toEqual([])
})
