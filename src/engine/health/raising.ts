import type { Subject } from '../../model/evidence.js'
import type { UserId } from '../../model/ids.js'
import type { Json } from '../../model/json.js'
import { notificationId, over, reconciled, type Tidings } from '../../model/notification.js'
import type { Engine } from '../engine.js'
import { find } from '../records.js'
import { keepChanges } from './reconciling.js'

/** Something that no status tells of, e.g. a rule about figures that was broken. */
export interface Alarm {
  /** The same for the same trouble: raised again it is one notification. */
  readonly key: string
  /** What a person reads. */
  readonly words: string
  readonly data?: Json
  /** What it is about. @default the user */
  readonly about?: Subject
}

/** Tells a person of something that no status tells of. It stays until {@link settle} or a person ends it. */
export async function raise(engine: Engine, user: UserId, alarm: Alarm): Promise<void> {
  const tidings = tidingsOf(user, alarm)
  const id = notificationId(tidings)
  const before = await find(engine.storage, user, 'notification', id)
  const known = before ? [before.value] : []
  const versions = new Map(before ? [[id, before.version]] : [])
  await keepChanges(engine, user, reconciled(known, [tidings], engine.now()), versions)
}

/** Says that it is over. What was not raised is fine. */
export async function settle(engine: Engine, user: UserId, alarm: Pick<Alarm, 'key' | 'about'>): Promise<void> {
  const id = notificationId(tidingsOf(user, { ...alarm, words: '' }))
  const before = await find(engine.storage, user, 'notification', id)
  if (!before || before.value.state === 'resolved') return
  const notification = over(before.value, engine.now())
  await keepChanges(engine, user, [{ what: 'resolved', notification }], new Map([[id, before.version]]))
}

function tidingsOf(user: UserId, { key, words, data, about }: Alarm): Tidings {
  return {
    kind: 'alert',
    about: about ?? { kind: 'user', id: user },
    key,
    facts: { name: '' },
    words,
    ...(data === undefined ? {} : { data }),
  }
}
