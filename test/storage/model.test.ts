import { afterAll, describe } from 'vitest'
import { behavesLikeTheModel } from './model.js'
import { removeTemporaryFiles, storages } from './storages.js'

afterAll(removeTemporaryFiles)

for (const { name, make } of storages.filter(({ name }) => !name.includes('given better-sqlite3 with')))
  describe(name, () => behavesLikeTheModel(make))
