// What all tests of one file share: it ends after the last of them, the newest part first.
import { after } from 'node:test'

export const fileParts = new AsyncDisposableStack()

// Outside of any test, so that it runs after the last one of the file.
after(() => fileParts.disposeAsync())
