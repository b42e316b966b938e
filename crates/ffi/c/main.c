/*
 * program scenarios FOLDER             the scenario list
 * program memory FOLDER CEREMONIES     memory stays flat
 * program threads FOLDER EACH SECONDS  eight threads lose nothing
 * program create|get --origin URL --options FILE --store DIR --user verify|approve
 *                                      like the command line tool, for the relying-party judges
 */
#include "support.h"

static const char *option(int count, char **arguments, const char *name)
{
    for (int at = 2; at + 1 < count; at += 2)
        if (strcmp(arguments[at], name) == 0)
            return arguments[at + 1];
    fprintf(stderr, "%s is missing\n", name);
    exit(2);
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    char *content = calloc(1, 1 << 20);
    CHECK(content != NULL);
    size_t length = fread(content, 1, (1 << 20) - 1, file);
    CHECK(length > 0 && fclose(file) == 0);
    return content;
}

static int ceremony(int count, char **arguments)
{
    bool verify = strcmp(option(count, arguments, "--user"), "verify") == 0;
    uint32_t setup = verify ? AUTHN_VERIFICATION_SETUP_CONFIGURED : AUTHN_VERIFICATION_SETUP_UNSUPPORTED;
    AuthnAuthenticator *on = open_store(option(count, arguments, "--store"), setup, false);
    char *options = read_file(option(count, arguments, "--options"));
    const char *origin = option(count, arguments, "--origin");
    bool create = strcmp(arguments[1], "create") == 0;
    AuthnCeremony *ceremony = create ? start_create(on, options, origin) : start_get(on, options, origin);
    if (kind_of(ceremony) == AUTHN_STEP_KIND_USER)
        OK(authn_approve(ceremony, verify, NONE));
    char *response = response_of(ceremony);
    puts(response);
    free(response);
    free(options);
    authn_authenticator_free(on);
    return 0;
}

int main(int count, char **arguments)
{
    const char *mode = count > 1 ? arguments[1] : "";
    if (count > 3 && (strcmp(mode, "create") == 0 || strcmp(mode, "get") == 0))
        return ceremony(count, arguments);
    if (count == 3 && strcmp(mode, "scenarios") == 0)
        return scenarios(arguments[0], arguments[2]);
    if (count == 3 && strcmp(mode, "restore") == 0)
        return restore_in_new_process(arguments[2]);
    if (count == 4 && strcmp(mode, "memory") == 0)
        return memory(arguments[2], strtol(arguments[3], NULL, 10));
    if (count == 5 && strcmp(mode, "threads") == 0)
        return threads(arguments[2], strtol(arguments[3], NULL, 10), strtol(arguments[4], NULL, 10));
    fprintf(stderr, "usage: see the top of main.c\n");
    return 2;
}
