#include <sys/eventfd.h>
#include <sys/vfs.h>
#include <tracefs.h>
