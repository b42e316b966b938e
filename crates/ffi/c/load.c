/* Many ceremonies: memory stays flat, and threads lose nothing. Both count; neither asserts a time. */
#define _GNU_SOURCE
#include "support.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#define ALLOWED_GROWTH (256 * 1024)

/* From then on nothing may grow: caches are full. */
#define WARM 1000

static long resident_bytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%*d %ld", &pages) == 1 && fclose(file) == 0);
    return pages * sysconf(_SC_PAGESIZE);
}

/* One of four kinds of ceremony. None of them makes the store larger: the passkey made is not kept in it. */
static void one_ceremony(const AuthnAuthenticator *on, long round)
{
    char options[MAX_JSON];
    creation_options(options, "guest", "discouraged", NULL);
    AuthnCeremony *ceremony;
    switch (round % 4) {
    case 0:
        ceremony = start_create(on, options, ORIGIN);
        OK(authn_approve(ceremony, true, NONE));
        free(response_of(ceremony));
        return;
    case 1:
        ceremony = start_get(on, REQUEST_OPTIONS, ORIGIN);
        OK(authn_approve(ceremony, true, NONE));
        free(response_of(ceremony));
        return;
    case 2:
        ceremony = start_get(on, REQUEST_OPTIONS, ORIGIN);
        OK(authn_refuse(ceremony, AUTHN_REFUSAL_DECLINED, 0));
        CHECK(failure_of(ceremony) == AUTHN_FAILURE_KIND_REFUSED);
        return;
    default:
        ceremony = start_create(on, options, ORIGIN);
        OK(authn_cancel(ceremony));
        CHECK(failure_of(ceremony) == AUTHN_FAILURE_KIND_CANCELLED);
    }
}

static void make_passkey(const AuthnAuthenticator *on, const char *user)
{
    char options[MAX_JSON];
    creation_options(options, user, "required", NULL);
    AuthnCeremony *ceremony = start_create(on, options, ORIGIN);
    OK(authn_approve(ceremony, true, NONE));
    free(response_of(ceremony));
}

int memory(const char *folder, long ceremonies)
{
    AuthnAuthenticator *on = open_store(folder, AUTHN_VERIFICATION_SETUP_CONFIGURED, false);
    make_passkey(on, "ada");
    long warm = ceremonies < WARM ? ceremonies : WARM, after_warm = resident_bytes();
    for (long round = 0; round < ceremonies; round++) {
        if (round == warm)
            after_warm = resident_bytes();
        one_ceremony(on, round);
    }
    long growth = resident_bytes() - after_warm;
    authn_authenticator_free(on);
    fprintf(stderr, "%ld ceremonies: %ld KiB more than after the first %ld\n", ceremonies, growth / 1024, warm);
    CHECK(growth <= ALLOWED_GROWTH);
    printf("passed memory stays flat\n");
    return 0;
}

static struct {
    const AuthnAuthenticator *on;
    long ceremonies;
    time_t until;
} job;

static void *work(void *argument)
{
    long name = (long)argument, done = 0;
    do {
        for (long round = 0; round < job.ceremonies; round++, done++) {
            char user[64];
            snprintf(user, sizeof user, "user-%ld-%ld", name, done);
            make_passkey(job.on, user);
            AuthnCeremony *ceremony = start_get(job.on, REQUEST_OPTIONS, ORIGIN);
            OK(authn_cancel(ceremony));
            authn_ceremony_free(ceremony);
        }
    } while (time(NULL) < job.until);
    return (void *)done;
}

static long passkeys(const AuthnAuthenticator *on)
{
    AuthnCeremony *ceremony = start_get(on, REQUEST_OPTIONS, ORIGIN);
    AuthnStep *step = step_of(ceremony);
    const AuthnPage *page = authn_step_page(step);
    AuthnPage *more = NULL;
    long found = (long)authn_page_count(page);
    uint64_t before;
    while (authn_page_next(page, &before) == AUTHN_STATUS_OK) {
        AuthnPage *next = NULL;
        OK(authn_candidates(ceremony, before, &next));
        authn_page_free(more);
        page = more = next;
        found += (long)authn_page_count(page);
    }
    authn_page_free(more);
    authn_step_free(step);
    authn_ceremony_free(ceremony);
    return found;
}

int threads(const char *folder, long ceremonies, long seconds)
{
    enum { THREADS = 8 };
    pthread_t running[THREADS];
    AuthnAuthenticator *on = open_store(folder, AUTHN_VERIFICATION_SETUP_CONFIGURED, false);
    job.on = on;
    job.ceremonies = ceremonies;
    job.until = time(NULL) + seconds;
    for (long at = 0; at < THREADS; at++)
        CHECK(pthread_create(&running[at], NULL, work, (void *)at) == 0);
    long done = 0;
    for (int at = 0; at < THREADS; at++) {
        void *result;
        CHECK(pthread_join(running[at], &result) == 0);
        done += (long)result;
    }
    long found = passkeys(on);
    authn_authenticator_free(on);
    fprintf(stderr, "%d threads made %ld passkeys; %ld are there\n", THREADS, done, found);
    CHECK(found == done);
    printf("passed eight threads lose nothing\n");
    return 0;
}
