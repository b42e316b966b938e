/*
 * libfido2 makes a credential, and gets its secret for a salt, as `fido2-cred -M -h` and `fido2-assert -G -h` do, and as
 * systemd-cryptenroll and OpenSSH do: through its own CTAPHID, over a Unix socket in place of a device.
 *
 *   hmac_secret SOCKET cred rk|nork [PIN]            prints the credential id
 *   hmac_secret SOCKET pin PIN                        sets the first PIN
 *   hmac_secret SOCKET secret ID SALT touch|uv [PIN]  prints the secret; a salt has 32 bytes or 64
 *
 * Ids, salts and secrets are hexadecimal. Exits with 1 and libfido2's reason when anything is refused.
 */
#include <errno.h>
#include <fido.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define REPORT 64
/* Milliseconds until nothing is awaited any more. */
#define PATIENCE 60000
static const char RP_ID[] = "io.systemd.cryptsetup";
static const unsigned char CLIENT_DATA_HASH[32] = {0xCD};

static void fail(const char *what, int error) {
	fprintf(stderr, "%s: %s\n", what, fido_strerr(error));
	exit(1);
}

static void check(const char *what, int error) {
	if (error != FIDO_OK)
		fail(what, error);
}

/* ---- a Unix socket in place of a device ---- */

static void *open_socket(const char *path) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int *fd = malloc(sizeof *fd);
	if (fd == NULL || strlen(path) >= sizeof address.sun_path)
		return NULL;
	strcpy(address.sun_path, path);
	*fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (*fd < 0 || connect(*fd, (struct sockaddr *)&address, sizeof address) != 0)
		return NULL;
	return fd;
}

static void close_socket(void *handle) {
	close(*(int *)handle);
	free(handle);
}

static int read_report(void *handle, unsigned char *buffer, size_t length, int milliseconds) {
	size_t have = 0;
	struct pollfd ready = {.fd = *(int *)handle, .events = POLLIN};
	if (length < REPORT)
		return -1;
	while (have < REPORT) {
		if (poll(&ready, 1, milliseconds) != 1)
			return -1;
		ssize_t more = read(ready.fd, buffer + have, REPORT - have);
		if (more <= 0)
			return -1;
		have += (size_t)more;
	}
	return REPORT;
}

/* What is written begins with the number of the report, which a socket has no use for. */
static int write_report(void *handle, const unsigned char *buffer, size_t length) {
	if (length != REPORT + 1 || write(*(int *)handle, buffer + 1, REPORT) != REPORT)
		return -1;
	return (int)length;
}

/* ---- hexadecimal ---- */

static size_t from_hex(const char *text, unsigned char *out, size_t room) {
	size_t length = strlen(text) / 2;
	if (strlen(text) % 2 != 0 || length > room) {
		fprintf(stderr, "not hexadecimal, or too long: %s\n", text);
		exit(2);
	}
	for (size_t i = 0; i < length; i++)
		if (sscanf(text + 2 * i, "%2hhx", &out[i]) != 1)
			exit(2);
	return length;
}

static void print_hex(const unsigned char *bytes, size_t length) {
	for (size_t i = 0; i < length; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
}

/* ---- what is done ---- */

static void make_credential(fido_dev_t *dev, int rk, const char *pin) {
	static const unsigned char user[] = "a volume";
	fido_cred_t *cred = fido_cred_new();
	check("type", fido_cred_set_type(cred, COSE_ES256));
	check("hash", fido_cred_set_clientdata_hash(cred, CLIENT_DATA_HASH, sizeof CLIENT_DATA_HASH));
	check("rp", fido_cred_set_rp(cred, RP_ID, "Encrypted volume"));
	check("user", fido_cred_set_user(cred, user, sizeof user - 1, "volume", "Volume", NULL));
	check("extensions", fido_cred_set_extensions(cred, FIDO_EXT_HMAC_SECRET));
	check("rk", fido_cred_set_rk(cred, rk ? FIDO_OPT_TRUE : FIDO_OPT_FALSE));
	check("makeCredential", fido_dev_make_cred(dev, cred, pin));
	check("attestation", fido_cred_x5c_ptr(cred) == NULL ? fido_cred_verify_self(cred) : fido_cred_verify(cred));
	print_hex(fido_cred_id_ptr(cred), fido_cred_id_len(cred));
	fido_cred_free(&cred);
}

static void get_secret(fido_dev_t *dev, const char *id_text, const char *salt_text, int uv, const char *pin) {
	unsigned char id[256], salt[64];
	size_t id_length = from_hex(id_text, id, sizeof id), salt_length = from_hex(salt_text, salt, sizeof salt);
	fido_assert_t *assertion = fido_assert_new();
	check("hash", fido_assert_set_clientdata_hash(assertion, CLIENT_DATA_HASH, sizeof CLIENT_DATA_HASH));
	check("rp", fido_assert_set_rp(assertion, RP_ID));
	check("id", fido_assert_allow_cred(assertion, id, id_length));
	check("extensions", fido_assert_set_extensions(assertion, FIDO_EXT_HMAC_SECRET));
	check("salt", fido_assert_set_hmac_salt(assertion, salt, salt_length));
	check("up", fido_assert_set_up(assertion, FIDO_OPT_TRUE));
	if (uv)
		check("uv", fido_assert_set_uv(assertion, FIDO_OPT_TRUE));
	check("getAssertion", fido_dev_get_assert(dev, assertion, pin));
	print_hex(fido_assert_hmac_secret_ptr(assertion, 0), fido_assert_hmac_secret_len(assertion, 0));
	fido_assert_free(&assertion);
}

int main(int argc, char **argv) {
	static const fido_dev_io_t io = {open_socket, close_socket, read_report, write_report};
	fido_dev_t *dev;
	fido_init(0);
	if (argc < 4) {
		fprintf(stderr, "the first lines of this program say how it is used\n");
		return 2;
	}
	dev = fido_dev_new();
	check("io", fido_dev_set_io_functions(dev, &io));
	check("timeout", fido_dev_set_timeout(dev, PATIENCE));
	check("open", fido_dev_open(dev, argv[1]));
	if (strcmp(argv[2], "pin") == 0)
		check("setPIN", fido_dev_set_pin(dev, argv[3], NULL));
	else if (strcmp(argv[2], "cred") == 0)
		make_credential(dev, strcmp(argv[3], "rk") == 0, argc > 4 ? argv[4] : NULL);
	else if (strcmp(argv[2], "secret") == 0 && argc > 5)
		get_secret(dev, argv[3], argv[4], strcmp(argv[5], "uv") == 0, argc > 6 ? argv[6] : NULL);
	else
		return 2;
	fido_dev_close(dev);
	fido_dev_free(&dev);
	return 0;
}
