/* Answers one request per line on standard input with one line on standard
 * output, by calling libsodium. Words are hex; "-" is the empty string, and the
 * answer "!" means that libsodium refused.
 *
 *   seal MESSAGE PK          -> ciphertext
 *   open CIPHERTEXT PK SK    -> message
 *   base SK                  -> pk
 *   sign MESSAGE SK          -> signature
 *   verify SIG MESSAGE PK    -> 01
 *   boxpair                  -> pk followed by sk
 *   signpair                 -> pk followed by sk
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX 65536

struct word {
	unsigned char data[MAX];
	size_t size;
};

static struct word arg[3], out;

static void parse(struct word *w, const char *hex)
{
	w->size = 0;
	if (hex == NULL || strcmp(hex, "-") == 0)
		return;
	if (sodium_hex2bin(w->data, MAX, hex, strlen(hex), NULL, &w->size, NULL) != 0)
		exit(2);
}

static int answer(const char *op)
{
	unsigned long long n;
	if (strcmp(op, "seal") == 0) {
		out.size = arg[0].size + crypto_box_SEALBYTES;
		return crypto_box_seal(out.data, arg[0].data, arg[0].size, arg[1].data);
	} else if (strcmp(op, "open") == 0) {
		out.size = arg[0].size - crypto_box_SEALBYTES;
		return crypto_box_seal_open(out.data, arg[0].data, arg[0].size, arg[1].data, arg[2].data);
	} else if (strcmp(op, "base") == 0) {
		out.size = crypto_scalarmult_BYTES;
		return crypto_scalarmult_base(out.data, arg[0].data);
	} else if (strcmp(op, "sign") == 0) {
		out.size = crypto_sign_BYTES;
		return crypto_sign_detached(out.data, &n, arg[0].data, arg[0].size, arg[1].data);
	} else if (strcmp(op, "verify") == 0) {
		out.size = 1;
		out.data[0] = 1;
		return crypto_sign_verify_detached(arg[0].data, arg[1].data, arg[1].size, arg[2].data);
	} else if (strcmp(op, "boxpair") == 0) {
		out.size = 64;
		return crypto_box_keypair(out.data, out.data + 32);
	} else if (strcmp(op, "signpair") == 0) {
		out.size = 96;
		return crypto_sign_keypair(out.data, out.data + 32);
	}
	exit(3);
}

int main(void)
{
	static char line[3 * (2 * MAX + 2)], hex[2 * MAX + 1];
	if (sodium_init() < 0)
		return 1;
	while (fgets(line, sizeof(line), stdin) != NULL) {
		const char *op = strtok(line, " \n");
		for (int i = 0; i < 3; i++)
			parse(&arg[i], strtok(NULL, " \n"));
		if (answer(op) != 0)
			puts("!");
		else if (out.size == 0)
			puts("-");
		else
			puts(sodium_bin2hex(hex, sizeof(hex), out.data, out.size));
		fflush(stdout);
	}
	return 0;
}
