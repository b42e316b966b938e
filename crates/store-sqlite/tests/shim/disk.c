/*
 * A disk that fails, for LD_PRELOAD: writes, syncs and truncations of files below one folder are counted, or reads, and
 * one of them goes wrong.
 *
 *   DISK_FOLDER   the folder, without links in its path
 *   DISK_AT       which call goes wrong, from 1
 *   DISK_MODE     once    it fails with EIO and does nothing
 *                 on      so do all that follow
 *                 short   a write is half done, then fails with EIO
 *                 read    reads are counted instead, and it fails with EIO, as do all that follow
 *                 cut     the power is cut: what was written since a file's last sync is there in part, and the process
 *                         ends with status 86
 *   DISK_SEED     which part is there after the cut
 *
 * For one thread. Names in folders are taken to be on the disk at once.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { POWER_CUT = 86 };
enum verdict { DO_IT, FAIL, HALF };

/* What undoes one unsynced change of a file. */
struct undo {
    struct undo *older;
    int fd;
    dev_t device;
    ino_t file;
    off_t at;
    size_t length; /* of what was written */
    char *old;
    size_t old_length;
    off_t old_size;
    int truncation;
};

/*
 * One descriptor of our own for each file: the process may have closed its own by the time of the cut. Ours stay open,
 * because closing one would drop the locks that the process has on the file.
 */
static struct {
    dev_t device;
    ino_t file;
    int fd;
} files[256];

static struct undo *newest;
static unsigned long long count, state;

#define REAL(result, name, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, name)

static ssize_t real_pwrite(int fd, const void *bytes, size_t length, off_t at)
{
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    return real(fd, bytes, length, at);
}

static int real_ftruncate(int fd, off_t length)
{
    REAL(int, "ftruncate", int, off_t);
    return real(fd, length);
}

static unsigned long long next_random(void)
{
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return state >> 33;
}

static int mode_is(const char *wanted)
{
    const char *mode = getenv("DISK_MODE");
    return mode && !strcmp(mode, wanted);
}

/* Whether the file is one of those that fail. The log's index never has to survive anything. */
static int is_watched(int fd)
{
    const char *folder = getenv("DISK_FOLDER");
    char link[64], path[4096];
    if (!folder) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (strncmp(path, folder, strlen(folder))) return 0;
    return !(mode_is("cut") && length > 4 && !strcmp(path + length - 4, "-shm"));
}

static int own_descriptor(int fd, const struct stat *status)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (files[i].fd && files[i].device == status->st_dev && files[i].file == status->st_ino) return files[i].fd;
        if (files[i].fd) continue;
        files[i].device = status->st_dev;
        files[i].file = status->st_ino;
        files[i].fd = dup(fd);
        if (files[i].fd > 0) return files[i].fd;
        break;
    }
    abort();
}

/* Remembers what stands at `at` before it is changed. */
static void remember(int fd, off_t at, size_t length, int truncation)
{
    struct stat status;
    struct undo *undo = calloc(1, sizeof *undo);
    if (!undo || fstat(fd, &status)) abort();
    undo->device = status.st_dev;
    undo->file = status.st_ino;
    undo->old_size = status.st_size;
    undo->at = at;
    undo->length = length;
    undo->truncation = truncation;
    undo->fd = own_descriptor(fd, &status);
    size_t wanted = truncation ? (size_t)(status.st_size > at ? status.st_size - at : 0) : length;
    undo->old = malloc(wanted + 1);
    if (!undo->old) abort();
    ssize_t got = wanted ? pread(fd, undo->old, wanted, at) : 0;
    undo->old_length = got > 0 ? (size_t)got : 0;
    undo->older = newest;
    newest = undo;
}

/* What was written to the file before a sync is on the disk. */
static void forget(int fd)
{
    struct stat status;
    if (fstat(fd, &status)) return;
    for (struct undo **place = &newest; *place;) {
        struct undo *undo = *place;
        if (undo->device == status.st_dev && undo->file == status.st_ino) {
            *place = undo->older;
            free(undo->old);
            free(undo);
        } else {
            place = &undo->older;
        }
    }
}

static void put_back(const struct undo *undo)
{
    if (undo->old_length) real_pwrite(undo->fd, undo->old, undo->old_length, undo->at);
    /* Beyond what the file had, nothing was there yet. */
    static const char zeros[65536];
    for (size_t done = undo->old_length; done < undo->length && done - undo->old_length < sizeof zeros;) {
        size_t part = undo->length - done;
        if (part > sizeof zeros) part = sizeof zeros;
        real_pwrite(undo->fd, zeros, part, undo->at + (off_t)done);
        done += part;
    }
}

/*
 * Undoes some of what was not synced. Of a file that was truncated meanwhile, whatever came after a random moment: a file
 * system keeps those in order. Of another, any of the writes. At times all of it, at times none.
 */
static void cut_power(void)
{
    int truncated = 0;
    size_t total = 0, kept;
    for (struct undo *undo = newest; undo; undo = undo->older) {
        truncated |= undo->truncation;
        total++;
    }
    int manner = (int)(next_random() % 4);
    kept = manner == 0 ? 0 : manner == 1 ? total : next_random() % (total + 1);
    size_t index = total;
    for (struct undo *undo = newest; undo; undo = undo->older) {
        index--;
        int in_order = truncated || manner < 2;
        if (in_order ? index >= kept : next_random() % 2 == 0) {
            put_back(undo);
            /* In order, the file is as long as it was. */
            if (in_order) real_ftruncate(undo->fd, undo->old_size);
        }
    }
    _exit(POWER_CUT);
}

enum call { READ, CHANGE };

/* Counts a call; says what becomes of it. */
static enum verdict judge(int fd, enum call call)
{
    const char *at = getenv("DISK_AT"), *seed = getenv("DISK_SEED");
    if (!at || (call == READ) != mode_is("read") || !is_watched(fd)) return DO_IT;
    if (!count && seed) state = strtoull(seed, NULL, 10);
    unsigned long long fails = strtoull(at, NULL, 10);
    count++;
    if (count < fails || (count > fails && !mode_is("on") && !mode_is("read"))) return DO_IT;
    if (mode_is("cut")) cut_power();
    return mode_is("short") ? HALF : FAIL;
}

static ssize_t fail(void)
{
    errno = EIO;
    return -1;
}

static ssize_t write_at(int fd, const void *bytes, size_t length, off_t at)
{
    switch (judge(fd, CHANGE)) {
    case DO_IT:
        break;
    case HALF:
        if (length > 1) real_pwrite(fd, bytes, length / 2, at);
        return fail();
    case FAIL:
        return fail();
    }
    if (mode_is("cut") && is_watched(fd)) remember(fd, at, length, 0);
    return real_pwrite(fd, bytes, length, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at)
{
    return write_at(fd, bytes, length, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at)
{
    return write_at(fd, bytes, length, at);
}

/* SQLite built without pwrite seeks and writes. */
ssize_t write(int fd, const void *bytes, size_t length)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    if (!is_watched(fd)) return real(fd, bytes, length);
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t written = write_at(fd, bytes, length, at);
    if (written > 0) lseek(fd, at + written, SEEK_SET);
    return written;
}

ssize_t pread(int fd, void *bytes, size_t length, off_t at)
{
    REAL(ssize_t, "pread", int, void *, size_t, off_t);
    return judge(fd, READ) == DO_IT ? real(fd, bytes, length, at) : fail();
}

ssize_t pread64(int fd, void *bytes, size_t length, off_t at)
{
    return pread(fd, bytes, length, at);
}

/* SQLite built without pread seeks and reads. */
ssize_t read(int fd, void *bytes, size_t length)
{
    REAL(ssize_t, "read", int, void *, size_t);
    return judge(fd, READ) == DO_IT ? real(fd, bytes, length) : fail();
}

static int sync_with(int (*real)(int), int fd)
{
    if (judge(fd, CHANGE) != DO_IT) return (int)fail();
    int result = real(fd);
    if (!result && mode_is("cut")) forget(fd);
    return result;
}

int fsync(int fd)
{
    REAL(int, "fsync", int);
    return sync_with(real, fd);
}

int fdatasync(int fd)
{
    REAL(int, "fdatasync", int);
    return sync_with(real, fd);
}

int ftruncate(int fd, off_t length)
{
    if (judge(fd, CHANGE) != DO_IT) return (int)fail();
    if (mode_is("cut") && is_watched(fd)) remember(fd, length, 0, 1);
    return real_ftruncate(fd, length);
}

int ftruncate64(int fd, off_t length)
{
    return ftruncate(fd, length);
}
