// The alerting rules and the dashboard ask for nothing that nobody tells: held against what a real
// agent and a real tracker have to say.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import * as z from 'zod'
import { startHost } from '#test/agent/support/host.ts'
import { trackerWorld } from '#test/support/world.ts'

const fileOf = (name: string) =>
  readFile(new URL(`../../infra/observe/${name}`, import.meta.url), 'utf8')

const Dashboard = z.object({
  panels: z.array(
    z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).default([]) }),
  ),
})

const expressionsInRules = (text: string) =>
  Array.from(text.matchAll(/^ +expr: (.+)$/gm), ({ 1: expression = '' }) => expression)

const expressionsInPanels = (text: string) =>
  Dashboard.parse(JSON.parse(text)).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

const metricsIn = (expression: string) => expression.match(/\bmog_\w+/g) ?? []

const told = (page: string) =>
  Array.from(page.matchAll(/^# TYPE (\w+) (\w+)$/gm)).flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  )

test('every rule and every panel names metrics that are told', async () => {
  await using host = await startHost()
  await using world = await trackerWorld({ hosts: 1 })
  const agentPage = await fetch(`${host.agent.url}/metrics`)
  const authorization = `Bearer ${world.adminKey}`
  const trackerPage = await fetch(`${world.tracker(0).url}/metrics`, { headers: { authorization } })
  const known = new Set([...told(await agentPage.text()), ...told(await trackerPage.text())])
  const rules = expressionsInRules(await fileOf('alerts.yml'))
  const panels = expressionsInPanels(await fileOf('dashboard.json'))
  assert.ok(rules.length >= 20 && panels.length >= 20)
  for (const expression of [...rules, ...panels]) {
    const unknown = metricsIn(expression).filter((name) => !known.has(name))
    assert.deepEqual(unknown, [], expression)
    assert.equal(expression.split('(').length, expression.split(')').length, expression)
    assert.match(expression, /\bmog_|\bup\{/, 'it is about us')
  }
})

test('a sum is held against a sum: what is not summed has labels that it has not', async () => {
  const rules = expressionsInRules(await fileOf('alerts.yml'))
  const panels = expressionsInPanels(await fileOf('dashboard.json'))
  for (const expression of [...rules, ...panels]) {
    const parts = expression.split(/ [-+*/] /).filter((part) => !/^\d/.test(part))
    const isSummed = parts.map((part) => /^\(*(?:sum|max)\b/.test(part))
    assert.equal(new Set(isSummed).size, 1, expression)
  }
  for (const panel of panels) assert.doesNotMatch(panel, /^(?:sum|max)\(.* or (?:sum|max)\(/)
})

test('of several trackers that tell of one cluster, a panel shows it once', async () => {
  for (const panel of expressionsInPanels(await fileOf('dashboard.json')))
    for (const { index } of panel.matchAll(/mog_cluster_\w+/g))
      assert.match(panel.slice(0, index), /\bmax(?: by \([\w, ]+\) )?\($/, panel)
})
