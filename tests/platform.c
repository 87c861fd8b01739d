/* SPDX-License-Identifier: MIT */
/* What tests want of an operating system, of POSIX or Windows. */
#include "platform.h"

#include <stdio.h>
#include <stdlib.h>

static void read_all(FILE *file, size_t capacity, char *text) {
    rewind(file);
    text[fread(text, 1, capacity - 1, file)] = 0;
    fclose(file);
}

#if defined(_WIN32)

#include <io.h>
#include <process.h>
#include <windows.h>

size_t page_size(void) {
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwPageSize;
}

void *pages_reserve(size_t size) {
    return VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_NOACCESS);
}

int pages_permit(void *pages, size_t size) {
    DWORD before;
    return !VirtualProtect(pages, size, PAGE_READWRITE, &before);
}

int pages_release(void *pages, size_t size) {
    (void)size;
    return !VirtualFree(pages, 0, MEM_RELEASE);
}

unsigned process_number(void) { return (unsigned)_getpid(); }

/* Puts `file` in the place of stdout, 1, or stderr, 2. */
static int redirect(int number, FILE *file) {
    const int saved = _dup(number);
    _dup2(_fileno(file), number);
    return saved;
}

static void restore(int number, int saved) {
    _dup2(saved, number);
    _close(saved);
}

int run_child(const char *name, const char *value, int (*child)(void), size_t capacity, char *out,
              char *errors) {
    (void)child;
    char program[MAX_PATH], quoted[MAX_PATH + 2];
    FILE *out_file = tmpfile(), *error_file = tmpfile();
    if (!out_file || !error_file || !GetModuleFileNameA(NULL, program, sizeof program)) return -1;
    snprintf(quoted, sizeof quoted, "\"%s\"", program);
    fflush(stdout);
    _putenv_s(name, value ? value : "");
    const int saved_out = redirect(1, out_file), saved_error = redirect(2, error_file);
    const intptr_t status = _spawnl(_P_WAIT, program, quoted, CHILD, NULL);
    restore(1, saved_out);
    restore(2, saved_error);
    read_all(out_file, capacity, out);
    read_all(error_file, capacity, errors);
    return (int)status;
}

#else

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

size_t page_size(void) { return (size_t)sysconf(_SC_PAGESIZE); }

void *pages_reserve(size_t size) {
    void *pages = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

int pages_permit(void *pages, size_t size) { return mprotect(pages, size, PROT_READ | PROT_WRITE); }

int pages_release(void *pages, size_t size) { return munmap(pages, size); }

unsigned process_number(void) { return (unsigned)getpid(); }

int run_child(const char *name, const char *value, int (*child)(void), size_t capacity, char *out,
              char *errors) {
    FILE *out_file = tmpfile(), *error_file = tmpfile();
    if (!out_file || !error_file) return -1;
    fflush(stdout);
    const pid_t process = fork();
    if (process == 0) {
        if (value)
            setenv(name, value, 1);
        else
            unsetenv(name);
        dup2(fileno(out_file), STDOUT_FILENO);
        dup2(fileno(error_file), STDERR_FILENO);
        const int status = child();
        fflush(stdout);
        _exit(status);
    }
    int status = -1;
    if (process < 0 || waitpid(process, &status, 0) != process) status = -1;
    read_all(out_file, capacity, out);
    read_all(error_file, capacity, errors);
    return status;
}

#endif
