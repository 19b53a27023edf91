// A disk that answers late, or never: a library that the agent is started with delays what it asks
// of the kernel below one directory. Its threads wait as they would for the disk.
import { execFile } from 'node:child_process'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Two numbers of ms, for reads and for all else; -1: never. They are read anew at each call, so
 * that a test may change them.
 */
const SOURCE = String.raw`
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static long delay_ms(int is_read) {
  const char *control = getenv("SLOW_CONTROL");
  static int (*real)(const char *, int, ...);
  if (!real) real = dlsym(RTLD_NEXT, "open64");
  int fd = real(control, O_RDONLY);
  if (fd < 0) return 0;
  char text[64] = {0}, *rest = text;
  syscall(SYS_read, fd, text, 63);
  close(fd);
  long of_reads = strtol(text, &rest, 10);
  return is_read ? of_reads : strtol(rest, 0, 10);
}
static void wait_for(const char *path, int is_read) {
  const char *slow = getenv("SLOW_DIRECTORY");
  char buffer[4096];
  if (!slow || !path) return;
  if (!strncmp(path, "/proc/self/fd/", 14)) {
    char link[64] = {0};
    const char *end = strchr(path + 14, '/');
    size_t length = end ? (size_t)(end - path) : strlen(path);
    if (length > 60) return;
    memcpy(link, path, length);
    ssize_t found = readlink(link, buffer, 4095);
    if (found < 0) return;
    buffer[found] = 0;
    path = buffer;
  }
  if (strncmp(path, slow, strlen(slow))) return;
  for (long waited = 0;;) {
    long ms = delay_ms(is_read);
    if (ms >= 0 && waited >= ms) return;
    struct timespec step = {0, 5000000};
    nanosleep(&step, 0);
    waited += 5;
  }
}
static void wait_for_fd(int fd, int is_read) {
  char link[64];
  snprintf(link, 64, "/proc/self/fd/%d", fd);
  wait_for(link, is_read);
}
#define OPEN(name) int name(const char *path, int flags, ...) { \
  va_list list; va_start(list, flags); int mode = va_arg(list, int); va_end(list); \
  static int (*real)(const char *, int, ...); \
  if (!real) real = dlsym(RTLD_NEXT, #name); \
  wait_for(path, 0); return real(path, flags, mode); }
OPEN(open) OPEN(open64)
#define SYNC(name) int name(int fd) { \
  static int (*real)(int); if (!real) real = dlsym(RTLD_NEXT, #name); \
  wait_for_fd(fd, 0); return real(fd); }
SYNC(fsync) SYNC(fdatasync)
#define WRITE(name, type, size) ssize_t name(int fd, type from, size count, off_t at) { \
  static ssize_t (*real)(int, type, size, off_t); \
  if (!real) real = dlsym(RTLD_NEXT, #name); \
  wait_for_fd(fd, 0); return real(fd, from, count, at); }
WRITE(pwrite, const void *, size_t) WRITE(pwrite64, const void *, size_t)
WRITE(pwritev, const struct iovec *, int) WRITE(pwritev64, const struct iovec *, int)
#define READ(name, type, size) ssize_t name(int fd, type into, size count, off_t at) { \
  static ssize_t (*real)(int, type, size, off_t); \
  if (!real) real = dlsym(RTLD_NEXT, #name); \
  wait_for_fd(fd, 1); return real(fd, into, count, at); }
READ(pread, void *, size_t) READ(pread64, void *, size_t)
READ(preadv, const struct iovec *, int) READ(preadv64, const struct iovec *, int)
`

export interface SlowDisk {
  environment: Readonly<Record<string, string>>
  answerAfter: (ms: number | 'never') => Promise<void>
  /** What is in its files: which there are is in the kernel's memory. */
  answerReadsAfter: (ms: number | 'never') => Promise<void>
}

export async function slowDisk(workDir: string, directory: string): Promise<SlowDisk> {
  const [source, library] = [join(workDir, 'slow.c'), join(workDir, 'slow.so')]
  const control = join(workDir, 'slow-ms')
  await writeFile(source, SOURCE)
  const wait = async (...each: (number | 'never')[]) => {
    const next = `${control}.next`
    await writeFile(next, each.map((ms) => (ms === 'never' ? -1 : ms)).join(' '))
    await rename(next, control) // nobody reads half of it
  }
  await wait(0, 0)
  await run('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'])
  return {
    environment: { LD_PRELOAD: library, SLOW_DIRECTORY: directory, SLOW_CONTROL: control },
    answerAfter: (ms) => wait(ms, ms),
    answerReadsAfter: (ms) => wait(ms, 0),
  }
}

/** Why there can be no slow disk here, or false. */
export async function whyNoSlowDisk(): Promise<string | false> {
  try {
    await run('cc', ['--version'])
    return false
  } catch {
    return 'SKIPPED: a slow disk needs a C compiler (cc)'
  }
}
