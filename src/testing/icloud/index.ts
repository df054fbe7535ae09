export type {
  FakeCollection,
  FakeCollectionKind,
  FakeIcloudAccount,
  FakeIcloudAccountOptions,
  FakeItem,
} from './fake-account.js'
export { type FakeIcloud, type FakeIcloudOptions, type FakeIcloudRequest, fakeIcloud } from './fake-icloud.js'
