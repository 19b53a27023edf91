// All that the doctor looks at, in the order in which one thing needs another. What cannot be
// looked at is a finding, too.
import { systemClock } from '#shared/clock.ts'
import { type Config, readConfig } from '../config.ts'
import { isServed } from '../disk/lock.ts'
import { judgeCertificate } from './certificate.ts'
import { type Finding, reasonOf, well, wrong } from './finding.ts'
import { judgePort, judgePublicUrl, judgeTracker } from './network.ts'
import { judgeRoot } from './root.ts'
import { judgeSystem } from './system.ts'

type Environment = Readonly<Record<string, string | undefined>>

export async function diagnose(env: Environment): Promise<Finding[]> {
  const config = configIn(env)
  const system = await looked('system', judgeSystem)
  if (!('root' in config)) return [config, ...system]
  const parts = [
    [well('configuration', 'is complete')],
    system,
    await looked('root', () => judgeRoot(config.root)),
    ...(await judgeOutside(config)),
  ]
  return parts.flat()
}

function configIn(env: Environment): Config | Finding {
  try {
    return readConfig(env)
  } catch (error) {
    return wrong('configuration', reasonOf(error), 'every variable is in agent.env.example')
  }
}

type Check = [about: string, look: () => Promise<Finding[]>]

async function judgeOutside(config: Config): Promise<Finding[][]> {
  const { root, publicUrl, certificate, trackerUrls } = config
  const isRunning = await isServed(root).catch(() => false)
  const checks = trackerUrls.map((url): Check => [url, () => judgeTracker(url, systemClock)])
  for (const [about, at] of addressesOf(config))
    if (at !== undefined) checks.push([about, () => judgePort(about, at, isRunning)])
  if (certificate !== undefined)
    checks.push([
      'certificate',
      () => judgeCertificate(certificate, publicUrl, systemClock.nowMs()),
    ])
  if (publicUrl !== undefined && isRunning)
    checks.push(['public URL', () => judgePublicUrl(publicUrl)])
  return Promise.all(checks.map(([about, look]) => looked(about, look)))
}

const addressesOf = ({ listen, internalListen, sideListen }: Config) =>
  [
    ['MOG_LISTEN', listen],
    ['MOG_INTERNAL_LISTEN', internalListen],
    ['MOG_SIDE_LISTEN', sideListen],
  ] as const

async function looked(about: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look()
  } catch (error) {
    return [wrong(about, `cannot be looked at: ${reasonOf(error)}`, 'run the doctor as root')]
  }
}
