/* The yardstick of BenchmarkC: THREADS threads run /bin/true COUNT times with
   posix_spawn, pipes and waitpid, and print the nanoseconds per run. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int left;
static char message[2048];

static void run(void)
{
	char *argv[] = {"/bin/true", NULL}, *envp[] = {NULL}, output[4096];
	int in[2], out[2], status;
	pid_t pid;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		exit(1);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in[0], 0);
	posix_spawn_file_actions_adddup2(&files, out[1], 1);
	posix_spawn_file_actions_adddup2(&files, out[1], 2);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	if (posix_spawn(&pid, argv[0], &files, &attr, argv, envp))
		exit(1);
	posix_spawn_file_actions_destroy(&files);
	close(in[0]);
	close(out[1]);
	if (write(in[1], message, sizeof message) == 0)
		exit(1);
	close(in[1]);
	while (read(out[0], output, sizeof output) > 0)
		;
	close(out[0]);
	waitpid(pid, &status, 0);
}

static void *loop(void *unused)
{
	while (__atomic_sub_fetch(&left, 1, __ATOMIC_RELAXED) >= 0)
		run();
	return unused;
}

int main(int argc, char **argv)
{
	int threads = atoi(argv[1]), count = atoi(argv[2]);
	struct timespec from, to;
	pthread_t thread[threads];

	signal(SIGPIPE, SIG_IGN);
	left = count;
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < threads; i++)
		pthread_create(&thread[i], NULL, loop, NULL);
	for (int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%.0f\n", ((to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec)) / count);
	return argc != 3;
}
