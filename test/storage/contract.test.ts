import { afterAll, describe, test } from 'vitest'
import { storageContract } from '../../src/testing/storage-contract.js'
import { removeTemporaryFiles, storages } from './storages.js'

afterAll(removeTemporaryFiles)

for (const { name, make } of storages) {
  describe(name, () => {
    for (const { name, run } of storageContract) test(name, () => run(make))
  })
}
