// The rules of the tree. Each is held against the tree, and against a sample that breaks it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { exactPins, neededDependencies } from './tidy/dependencies.ts'
import { directions } from './tidy/directions.ts'
import { environment } from './tidy/environment.ts'
import { exceptions } from './tidy/exceptions.ts'
import { importers } from './tidy/importers.ts'
import { namedFiles } from './tidy/named-files.ts'
import { kebabCase, tellingNames } from './tidy/names.ts'
import { opening } from './tidy/opening.ts'
import { reminders } from './tidy/reminders.ts'
import { fileLength, lineLength } from './tidy/size.ts'
import { readTree } from './tidy/tree.ts'

const rules = [
  fileLength,
  lineLength,
  opening,
  reminders,
  exceptions,
  kebabCase,
  tellingNames,
  directions,
  importers,
  environment,
  exactPins,
  neededDependencies,
  namedFiles,
]

const tree = await readTree()

for (const rule of rules) {
  describe(rule.says, () => {
    test('in this tree', () => {
      const found = rule.breaches(tree)
      assert.ok(found.length === 0, found.join('\n'))
    })

    test('and a breach would be found', () => {
      const sample = new Map(Object.entries(rule.sample.files))
      assert.deepEqual(rule.breaches(sample), rule.sample.breaches)
    })
  })
}
