// SPDX-License-Identifier: MIT
//
// Each partition gives its letters in pages, the youngest first: the pages are merged, one of each
// partition at a time.
#include "dead_letters.h"

#include "base/mem.h"

#include <string.h>

struct reader {
    struct queue_dead_page page;
    size_t next;   // of the page
    uint64_t skip; // letters before the page's end
};

struct page_wait {
    bool done;
    struct err err;
    struct queue_dead_page *page;
};

static void on_page(void *context, const struct queue_dead_page *page, const struct err *err)
{
    struct page_wait *wait = context;
    wait->done = true;
    if (err != NULL) {
        wait->err = *err;
    } else {
        *wait->page = *page;
    }
}

static enum err_kind read_page(struct session *session, unsigned partition, struct reader *reader,
                               struct err *err)
{
    struct page_wait wait = {.page = &reader->page};
    queue_list_dead(session_queue(session, partition), reader->skip, on_page, &wait);
    session_await(session, &wait.done);
    if (wait.err.kind != ERR_OK) {
        *err = wait.err;
        return err->kind;
    }
    reader->next = 0;
    reader->skip += reader->page.count;
    return ERR_OK;
}

static const struct queue_dead_letter *head_of(const struct reader *reader)
{
    return reader->next < reader->page.count ? &reader->page.letters[reader->next] : NULL;
}

// The partition whose next letter is the youngest; the number of partitions when there is none.
static unsigned youngest(const struct reader *readers, unsigned partitions)
{
    unsigned found = partitions;
    for (unsigned i = 0; i < partitions; i++) {
        const struct queue_dead_letter *head = head_of(&readers[i]);
        if (head != NULL &&
            (found == partitions || head->died_at_ms > head_of(&readers[found])->died_at_ms)) {
            found = i;
        }
    }
    return found;
}

static enum err_kind step_on(struct session *session, unsigned partition, struct reader *reader,
                             struct err *err)
{
    reader->next++;
    bool is_more = reader->page.count > 0 && reader->skip < reader->page.total;
    return head_of(reader) == NULL && is_more ? read_page(session, partition, reader, err) : ERR_OK;
}

enum err_kind dead_letters_read(struct session *session, const char *account_id,
                                dead_letter_cb on_letter, void *context, struct err *err)
{
    unsigned partitions = session_partitions(session);
    struct reader *readers = mem_alloc(partitions, sizeof(*readers));
    enum err_kind kind = ERR_OK;
    for (unsigned i = 0; i < partitions && kind == ERR_OK; i++) {
        kind = read_page(session, i, &readers[i], err);
    }
    unsigned at;
    while (kind == ERR_OK && (at = youngest(readers, partitions)) < partitions) {
        const struct queue_dead_letter *letter = head_of(&readers[at]);
        if (account_id == NULL || strcmp(letter->account_id, account_id) == 0) {
            on_letter(context, at, letter);
        }
        kind = step_on(session, at, &readers[at], err);
    }
    mem_free(&readers);
    return kind;
}
