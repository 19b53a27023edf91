// Begins to look whether the bytes are what the database says: agents look, at their own disks.
import { FsckCheck } from '#shared/wire/fsck.ts'
import { oneOf, wholeBytes, wholeNumber } from '../arguments.ts'
import { defineVerb } from '../verb.ts'

export const fsckStart = defineVerb({
  usage: 'fsck start [DOMAIN [PREFIX]]',
  says: 'looks for copies that are missing or damaged',
  example: [
    'mog fsck start  # every byte of everything',
    'mog fsck start photos 2026/ --class thumb --check sizes',
    'mog fsck start --device 3 --bytes-per-s 50MB',
  ].join('\n'),
  args: [0, 2],
  options: {
    check: { type: 'string', value: 'KIND', says: FsckCheck.options.join(', ') },
    class: { type: 'string', value: 'NAME', says: 'only files of this class of the domain' },
    device: { type: 'string', value: 'N', says: 'only what lies on this device' },
    'bytes-per-s': { type: 'string', value: 'SIZE', says: 'how fast each device is read' },
    'files-per-s': { type: 'string', value: 'N', says: 'how many of its files are looked at' },
  },
  async run(context) {
    const [domain, prefix] = context.args
    const { check, class: its, device } = context.values
    const { 'bytes-per-s': bytesPerS, 'files-per-s': filesPerS } = context.values
    const admin = await context.admin()
    const started = await admin.fsck.start({
      ...(check !== undefined && { check: oneOf('--check', check, FsckCheck) }),
      ...(domain !== undefined && { domain }),
      ...(prefix !== undefined && { prefix }),
      ...(its !== undefined && { class: its }),
      ...(device !== undefined && { deviceId: wholeNumber('--device', device, 1) }),
      ...(bytesPerS !== undefined && { bytesPerS: wholeBytes('--bytes-per-s', bytesPerS) }),
      ...(filesPerS !== undefined && { filesPerS: wholeNumber('--files-per-s', filesPerS, 1) }),
    })
    await context.say(started, `run ${started.fsckId} has begun: mog fsck status --follow`)
  },
})
