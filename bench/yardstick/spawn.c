/*
 * spawn: how many programs per second the machine can run, each with a pipe to
 * its standard input that gets a message and a pipe from its output that is
 * read to its end, by a number of workers at once. It is the yardstick of
 * exec_raw: what is left of this rate when mails are received and answered
 * around it.
 *
 * usage: spawn WORKERS MILLISECONDS BYTES PROGRAM      prints runs per second
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Returns whether the program ran and succeeded. */
static int run(char *program, const char *message, size_t size)
{
	int in[2], out[2], status;
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return 0;
	posix_spawn_file_actions_t files;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in[0], 0);
	posix_spawn_file_actions_adddup2(&files, out[1], 1);
	posix_spawn_file_actions_adddup2(&files, out[1], 2);
	pid_t pid;
	char *argv[] = { program, NULL }, buf[512];
	int failed = posix_spawn(&pid, program, &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	close(in[0]);
	close(out[1]);
	/* A program that does not read its input may be gone: EPIPE is no failure. */
	if (!failed && write(in[1], message, size) >= 0) {}
	close(in[1]);
	while (!failed && read(out[0], buf, sizeof buf) > 0) {}
	close(out[0]);
	return !failed && waitpid(pid, &status, 0) == pid && status == 0;
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: spawn WORKERS MILLISECONDS BYTES PROGRAM\n");
		return 1;
	}
	int workers = atoi(argv[1]);
	size_t size = atol(argv[3]);
	char *message = calloc(1, size + 1);
	signal(SIGPIPE, SIG_IGN); /* and so for the programs, which do not mind */
	long *runs = mmap(NULL, workers * sizeof *runs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double begin = now(), end = begin + atol(argv[2]) / 1e3;
	for (int i = 0; i < workers; i++)
		if (fork() == 0) {
			while (now() < end)
				if (!run(argv[4], message, size))
					_exit(1);
				else
					runs[i]++;
			_exit(0);
		}
	int bad = 0, status;
	while (wait(&status) > 0)
		bad |= status;
	long sum = 0;
	for (int i = 0; i < workers; i++)
		sum += runs[i];
	printf("%.1f\n", sum / (now() - begin));
	return bad != 0;
}
