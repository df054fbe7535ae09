import type { Offer } from 'calweave/server'
import type { Services } from './services.js'

/** What the wizard offers: everything that there is a provider for, and credentials where they are needed. */
export function offersOf({ oauth, hints }: Services): readonly Offer[] {
  const all: readonly Offer[] = [
    {
      ...{ id: 'google', provider: 'google', name: 'Google Calendar', way: 'oauth', modes: ['write', 'read'] },
      help: 'You sign in at Google and say what calweave may do. It never sees your password.',
    },
    {
      ...{ id: 'outlook', provider: 'microsoft', name: 'Microsoft Outlook', way: 'oauth', modes: ['write', 'read'] },
      help: 'Microsoft 365 and Outlook.com. You sign in at Microsoft; calweave never sees your password.',
    },
    {
      ...{ id: 'icloud', provider: 'icloud', name: 'Apple iCloud', way: 'password' },
      help: 'Apple wants a password of its own for each app. You make one at account.apple.com, under Sign-In and Security.',
      helpUrl: 'https://support.apple.com/102654',
      fields: [
        { name: 'username', label: 'Apple Account', kind: 'text', ...hint(hints['icloud']) },
        { name: 'password', label: 'App-specific password', kind: 'secret', hint: 'Looks like abcd-efgh-ijkl-mnop.' },
      ],
    },
    {
      ...{ id: 'caldav', provider: 'caldav', name: 'CalDAV server', way: 'url' },
      help: 'Nextcloud, Fastmail, SOGo, Cyrus and others: the address of the server, or of one calendar.',
      fields: [
        { name: 'url', label: 'Address of the server', kind: 'url', ...hint(hints['caldav']) },
        { name: 'username', label: 'User name', kind: 'text' },
        { name: 'password', label: 'Password', kind: 'secret' },
      ],
    },
  ]
  return all.filter(({ way, provider }) => way !== 'oauth' || Object.hasOwn(oauth, provider))
}

function hint(text: string | undefined): { readonly hint?: string } {
  return text === undefined ? {} : { hint: text }
}
