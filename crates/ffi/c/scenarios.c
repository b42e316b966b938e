/* The scenario list. kotlin/ has the same one, under the same names. */
#include "support.h"

#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

extern char **environ;

static char *make_passkey(const AuthnAuthenticator *on, const char *user)
{
    char options[MAX_JSON];
    creation_options(options, user, "required", NULL);
    AuthnCeremony *ceremony = start_create(on, options, ORIGIN);
    OK(authn_approve(ceremony, true, NONE));
    return response_of(ceremony);
}

static void registers(const AuthnAuthenticator *on)
{
    char options[MAX_JSON];
    creation_options(options, "ada", "required", NULL);
    AuthnCeremony *ceremony = start_create(on, options, ORIGIN);
    AuthnStep *step = step_of(ceremony);
    CHECK(number(step, AUTHN_STEP_NUMBER_KIND) == AUTHN_STEP_KIND_USER);
    CHECK(number(step, AUTHN_STEP_NUMBER_PROMPT) == AUTHN_PROMPT_KIND_REGISTER);
    CHECK(number(step, AUTHN_STEP_NUMBER_ASK) == AUTHN_ASK_VERIFICATION);
    CHECK(number(step, AUTHN_STEP_NUMBER_TIMEOUT_SECONDS) == 600);
    CHECK(equal(field(step, AUTHN_STEP_FIELD_RP_ID), text("example.com")));
    CHECK(equal(field(step, AUTHN_STEP_FIELD_USER_NAME), text("ada")));
    authn_step_free(step);
    OK(authn_approve(ceremony, true, NONE));
    char *response = response_of(ceremony);
    CHECK(strstr(response, "attestationObject") != NULL);
    free(response);
}

static void signs_in(const AuthnAuthenticator *on)
{
    AuthnCeremony *ceremony = start_get(on, REQUEST_OPTIONS, ORIGIN);
    OK(authn_refuse(ceremony, AUTHN_REFUSAL_VERIFICATION_FAILED, 2));
    CHECK(failure_of(ceremony) == AUTHN_FAILURE_KIND_REFUSED);
    ceremony = start_get(on, REQUEST_OPTIONS, ORIGIN);
    AuthnStep *step = step_of(ceremony);
    CHECK(authn_page_count(authn_step_page(step)) == 1);
    authn_step_free(step);
    OK(authn_approve(ceremony, true, NONE));
    char *response = response_of(ceremony);
    char *user_handle = member(response, "userHandle");
    CHECK(strcmp(user_handle, "YWRh") == 0);
    free(user_handle);
    free(response);
}

static void chooses(const AuthnAuthenticator *on)
{
    free(make_passkey(on, "eve"));
    AuthnCeremony *ceremony = start_get(on, REQUEST_OPTIONS, ORIGIN);
    AuthnStep *step = step_of(ceremony);
    const AuthnPage *page = authn_step_page(step);
    CHECK(authn_page_count(page) == 2);
    AuthnBytes names[2], ids[2], record;
    for (size_t at = 0; at < 2; at++) {
        OK(authn_page_bytes(page, at, AUTHN_CANDIDATE_FIELD_USER_NAME, &names[at]));
        OK(authn_page_bytes(page, at, AUTHN_CANDIDATE_FIELD_USER_ID, &ids[at]));
    }
    CHECK(equal(names[0], names[1]));
    CHECK(equal(ids[0], text("eve")) && equal(ids[1], text("ada")));
    /* Only the second has signed in before: that is what tells them apart. */
    uint64_t used = 0;
    CHECK(authn_page_time(page, 0, AUTHN_CANDIDATE_TIME_LAST_USED, &used) == AUTHN_STATUS_ABSENT);
    OK(authn_page_time(page, 1, AUTHN_CANDIDATE_TIME_LAST_USED, &used));
    OK(authn_page_bytes(page, 1, AUTHN_CANDIDATE_FIELD_RECORD, &record));
    /* Picked in the system's own list; the step that is asked for from then on says so. */
    OK(authn_choose(ceremony, record));
    AuthnStep *chosen = step_of(ceremony);
    CHECK(equal(field(chosen, AUTHN_STEP_FIELD_CHOSEN_BEFORE), record));
    authn_step_free(chosen);
    OK(authn_approve(ceremony, true, record));
    authn_step_free(step);
    char *response = response_of(ceremony);
    CHECK(strstr(response, "\"userHandle\":\"YWRh\"") != NULL);
    free(response);
}

static void excludes(const AuthnAuthenticator *on)
{
    char *made = make_passkey(on, "ada");
    char *id = member(made, "id");
    char options[MAX_JSON];
    creation_options(options, "ada", "required", id);
    AuthnCeremony *ceremony = start_create(on, options, ORIGIN);
    AuthnStep *step = step_of(ceremony);
    CHECK(number(step, AUTHN_STEP_NUMBER_PROMPT) == AUTHN_PROMPT_KIND_EXCLUDED);
    authn_step_free(step);
    OK(authn_approve(ceremony, true, NONE));
    CHECK(failure_of(ceremony) == AUTHN_FAILURE_KIND_EXCLUDED);
    free(id);
    free(made);
}

static AuthnCeremony *begun_with_host_keys(const AuthnAuthenticator *on)
{
    char options[MAX_JSON];
    creation_options(options, "ada", "required", NULL);
    return start_create(on, options, ORIGIN);
}

static void cancels(const AuthnAuthenticator *on)
{
    for (int answers = 0; answers < 3; answers++) {
        AuthnCeremony *ceremony = begun_with_host_keys(on);
        if (answers > 0)
            OK(authn_approve(ceremony, true, NONE));
        if (answers > 1)
            make_key(ceremony);
        CHECK(kind_of(ceremony) == answers);
        OK(authn_cancel(ceremony));
        CHECK(authn_cancel(ceremony) == AUTHN_STATUS_ENDED);
        AuthnStep *step = step_of(ceremony);
        CHECK(equal(field(step, AUTHN_STEP_FIELD_DOM_EXCEPTION), text("AbortError")));
        AuthnBytes unused;
        CHECK((authn_step_bytes(step, AUTHN_STEP_FIELD_UNUSED_KEY, &unused) == AUTHN_STATUS_OK) == (answers > 1));
        authn_step_free(step);
        CHECK(failure_of(ceremony) == AUTHN_FAILURE_KIND_CANCELLED);
    }
}

static void answers_wrongly(const AuthnAuthenticator *on)
{
    AuthnCeremony *ceremony = begun_with_host_keys(on);
    CHECK(authn_signed(ceremony, text("signature")) == AUTHN_STATUS_WRONG_ANSWER);
    CHECK(authn_approve(ceremony, true, text("no record")) == AUTHN_STATUS_LENGTH);
    AuthnBytes nowhere = {NULL, 16};
    CHECK(authn_approve(ceremony, true, nowhere) == AUTHN_STATUS_NULL_POINTER);
    CHECK(authn_refuse(ceremony, 99, 0) == AUTHN_STATUS_UNKNOWN_VALUE);
    OK(authn_approve(ceremony, true, NONE));
    CHECK(authn_approve(ceremony, true, NONE) == AUTHN_STATUS_WRONG_ANSWER);
    CHECK(authn_key_made(ceremony, text("no key"), text("alias")) == AUTHN_STATUS_PUBLIC_KEY);
    CHECK(kind_of(ceremony) == AUTHN_STEP_KIND_KEYPAIR);
    make_key(ceremony);
    sign_with_key(ceremony);
    CHECK(authn_signed(ceremony, text("signature")) == AUTHN_STATUS_ENDED);
    free(response_of(ceremony));
    CHECK(authn_step(NULL, NULL) == AUTHN_STATUS_NULL_POINTER);
}

static void nothing_is_unwanted(const AuthnAuthenticator *on)
{
    AuthnBuffer *record, *name;
    uint32_t kind;
    CHECK(authn_unwanted_key(on, 0, &record, &kind, &name) == AUTHN_STATUS_ABSENT);
    CHECK(record == NULL && name == NULL);
    CHECK(authn_unwanted_key(on, 0, NULL, &kind, &name) == AUTHN_STATUS_NULL_POINTER);
    CHECK(authn_key_destroyed(on, text("no record")) == AUTHN_STATUS_LENGTH);
}

static void signs_with_host_key(const AuthnAuthenticator *on)
{
    AuthnCeremony *ceremony = begun_with_host_keys(on);
    OK(authn_approve(ceremony, true, NONE));
    make_key(ceremony);
    nothing_is_unwanted(on);
    sign_with_key(ceremony);
    free(response_of(ceremony));
    nothing_is_unwanted(on);
    ceremony = start_get(on, REQUEST_OPTIONS, ORIGIN);
    AuthnStep *step = step_of(ceremony);
    AuthnBytes record;
    OK(authn_page_bytes(authn_step_page(step), 0, AUTHN_CANDIDATE_FIELD_RECORD, &record));
    OK(authn_approve(ceremony, true, record));
    authn_step_free(step);
    sign_with_key(ceremony);
    char *response = response_of(ceremony);
    verify_sign_in(response);
    free(response);
}

static void key_problem(const AuthnAuthenticator *on, uint32_t problem, int64_t failure)
{
    AuthnCeremony *ceremony = begun_with_host_keys(on);
    OK(authn_approve(ceremony, true, NONE));
    OK(authn_key_not_made(ceremony, problem));
    CHECK(failure_of(ceremony) == failure);
    ceremony = begun_with_host_keys(on);
    OK(authn_approve(ceremony, true, NONE));
    make_key(ceremony);
    OK(authn_not_signed(ceremony, problem));
    CHECK(failure_of(ceremony) == failure);
}

static void refuses(const AuthnAuthenticator *on)
{
    key_problem(on, AUTHN_KEY_PROBLEM_REFUSED, AUTHN_FAILURE_KIND_KEY_REFUSED);
}

static void locks_out(const AuthnAuthenticator *on)
{
    key_problem(on, AUTHN_KEY_PROBLEM_LOCKED_OUT, AUTHN_FAILURE_KIND_KEY_LOCKED_OUT);
}

static void saved_path(char *path, size_t size, const char *folder)
{
    snprintf(path, size, "%s/saved", folder);
}

static AuthnCeremony *restored(const AuthnAuthenticator *on, const char *folder)
{
    char path[4096];
    static unsigned char bytes[MAX_JSON];
    saved_path(path, sizeof path, folder);
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    AuthnBytes saved = {bytes, fread(bytes, 1, sizeof bytes, file)};
    CHECK(fclose(file) == 0);
    AuthnCeremony *ceremony = NULL;
    OK(authn_restore(on, saved, &ceremony));
    return ceremony;
}

int restore_in_new_process(const char *folder)
{
    AuthnAuthenticator *on = open_store(folder, AUTHN_VERIFICATION_SETUP_CONFIGURED, false);
    AuthnCeremony *ceremony = restored(on, folder);
    CHECK(kind_of(ceremony) == AUTHN_STEP_KIND_USER);
    OK(authn_approve(ceremony, true, NONE));
    free(response_of(ceremony));
    authn_authenticator_free(on);
    return 0;
}

static const char *this_program, *this_folder;

static void restores(const AuthnAuthenticator *on)
{
    char options[MAX_JSON], path[4096];
    creation_options(options, "kim", "required", NULL);
    AuthnCeremony *ceremony = start_create(on, options, ORIGIN);
    AuthnBuffer *saved = NULL;
    OK(authn_save(ceremony, &saved));
    AuthnBytes bytes = authn_buffer_bytes(saved);
    saved_path(path, sizeof path, this_folder);
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes.data, 1, bytes.len, file) == bytes.len && fclose(file) == 0);
    authn_buffer_free(saved);
    authn_ceremony_free(ceremony);

    char *arguments[] = {(char *)this_program, "restore", (char *)this_folder, NULL};
    pid_t child;
    int status = -1;
    CHECK(posix_spawn(&child, this_program, NULL, NULL, arguments, environ) == 0);
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void restores_twice(const AuthnAuthenticator *on)
{
    CHECK(failure_of(restored(on, this_folder)) == AUTHN_FAILURE_KIND_USED_UP);
}

static const struct {
    const char *name;
    void (*run)(const AuthnAuthenticator *on);
    bool host_keys;
} LIST[] = {
    {"register", registers, false},
    {"sign in", signs_in, false},
    {"choose among two accounts of one name", chooses, false},
    {"exclude hit", excludes, false},
    {"cancel in every step", cancels, true},
    {"wrong answer", answers_wrongly, true},
    {"key of the host's, not exportable", signs_with_host_key, true},
    {"key backend refuses", refuses, true},
    {"key backend locks out", locks_out, true},
    {"restore in a new process", restores, false},
    {"use a saved ceremony twice", restores_twice, false},
    {"list, rename, mark and delete passkeys", manages, false},
    {"key of a deleted passkey is destroyed", destroys_unwanted_keys, true},
    {"suspend and resume", suspends, false},
    {"delete everything", deletes_everything, true},
};

/* The first word of each line is read by test.sh: a scenario that fails ends the program before its line. */
int scenarios(const char *program, const char *folder)
{
    this_program = program;
    this_folder = folder;
    for (size_t at = 0; at < sizeof LIST / sizeof LIST[0]; at++) {
        AuthnAuthenticator *on = open_store(folder, AUTHN_VERIFICATION_SETUP_CONFIGURED, LIST[at].host_keys);
        LIST[at].run(on);
        authn_authenticator_free(on);
        forget_keys();
        printf("passed %s\n", LIST[at].name);
        fflush(stdout);
    }
    return 0;
}
