import { commonWords } from './words/common.js'
import { conflictWords } from './words/conflict.js'
import { connectWords } from './words/connect.js'
import { dashboardWords } from './words/dashboard.js'
import { memberWords } from './words/member.js'
import { notificationWords } from './words/notification.js'
import { originWords } from './words/origin.js'
import { settingsWords } from './words/settings.js'
import { statusWords } from './words/status.js'
import { valueWords } from './words/value.js'

/** The words of all components. */
export type Strings = typeof commonWords &
  typeof statusWords &
  typeof originWords &
  typeof valueWords &
  typeof memberWords &
  typeof connectWords &
  typeof settingsWords &
  typeof conflictWords &
  typeof notificationWords &
  typeof dashboardWords

/** Every word that components show, in English. Titles of events, and what the server says of how things are, are not in here. */
export const english: Strings = {
  ...commonWords,
  ...statusWords,
  ...originWords,
  ...valueWords,
  ...memberWords,
  ...connectWords,
  ...settingsWords,
  ...conflictWords,
  ...notificationWords,
  ...dashboardWords,
}
