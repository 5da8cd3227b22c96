/*
 * floor: the least work that any QMQP relay has to do for a mail, and nothing
 * else. Accept, ask who the client is, read, connect to the next hop, write,
 * read the reply, write it, close. No policy, no limits, no parsing beyond the
 * length, no logging, and blocking sockets in preforked workers, so that the
 * kernel does all the scheduling. How near a relay comes to it says how much of
 * a mail's time is the relay's own.
 *
 * With one worker its CPU time per mail is the least there can be, for nothing
 * ever waits for a lock and hardly anything switches. With as many workers as
 * there are clients its rate is the most that the machine can do.
 *
 * It is a yardstick and no relay: it trusts everybody.
 *
 * usage: floor SOCKET NEXT_HOP_SOCKET WORKERS
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <signal.h>
#include <unistd.h>

enum { BUFFER = 64 << 20 }; /* only what is used of it becomes memory */

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof a.sun_path) {
		fprintf(stderr, "floor: %s: path is too long\n", path);
		exit(1);
	}
	strcpy(a.sun_path, path);
	return a;
}

/* Reads one netstring and returns its size with its framing, 0 if it ends early. */
static size_t receive(int fd, char *buf)
{
	size_t got = 0, want = 0;
	while (want == 0 || got < want) {
		ssize_t n = read(fd, buf + got, BUFFER - got);
		if (n <= 0)
			return 0;
		got += n;
		if (want == 0) {
			char *colon = memchr(buf, ':', got < 20 ? got : 20);
			if (colon)
				want = strtoul(buf, NULL, 10) + (colon - buf) + 2;
		}
	}
	return got;
}

static int send_all(int fd, const char *buf, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, buf, size);
		if (n <= 0)
			return 0;
		buf += n;
		size -= n;
	}
	return 1;
}

static void relay(int client, const struct sockaddr_un *next, char *buf)
{
	struct ucred who;
	socklen_t len = sizeof who;
	getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &len);
	size_t size = receive(client, buf);
	if (size == 0)
		return;
	char reply[512];
	ssize_t n = 0;
	int hop = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(hop, (const struct sockaddr *)next, sizeof *next) == 0 && send_all(hop, buf, size))
		n = read(hop, reply, sizeof reply);
	close(hop);
	if (n > 0)
		send_all(client, reply, n);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: floor SOCKET NEXT_HOP_SOCKET WORKERS\n");
		return 1;
	}
	struct sockaddr_un own = address(argv[1]), next = address(argv[2]);
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	unlink(argv[1]);
	if (bind(listener, (struct sockaddr *)&own, sizeof own) || listen(listener, 4096)) {
		perror("floor");
		return 1;
	}
	for (int i = 1; i < atoi(argv[3]); i++)
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL); /* workers end with the first */
			break;
		}
	char *buf = malloc(BUFFER);
	for (;;) {
		int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (client < 0)
			continue;
		relay(client, &next, buf);
		close(client);
	}
}
