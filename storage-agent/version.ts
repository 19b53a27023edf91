// The version that this agent tells the trackers: that of the package it came with.
import manifest from '../package.json' with { type: 'json' }

export const VERSION = manifest.version
