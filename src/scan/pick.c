// SPDX-License-Identifier: MIT
#include "pick.h"

#include "base/mem.h"
#include "name.h"

enum { CHILDREN_FIRST = 4 };

struct pick_plan {
    struct pick_place *root;
    uint32_t slots;
};

static struct pick_place *place_create(void)
{
    struct pick_place *place = mem_alloc(1, sizeof(*place));
    place->slot = TAPE_NONE;
    place->children = mem_alloc(CHILDREN_FIRST, sizeof(*place->children));
    place->child_mask = CHILDREN_FIRST - 1;
    return place;
}

static void place_destroy(struct pick_place **address)
{
    struct pick_place *place = *address;
    if (place == NULL) {
        return;
    }
    for (size_t i = 0; i <= place->child_mask; i++) {
        mem_free(&place->children[i].name);
        place_destroy(&place->children[i].place);
    }
    for (size_t i = 0; i < place->element_count; i++) {
        place_destroy(&place->elements[i]);
    }
    mem_free(&place->children);
    mem_free(&place->elements);
    mem_free(address);
}

struct pick_plan *pick_plan_create(void)
{
    struct pick_plan *plan = mem_alloc(1, sizeof(*plan));
    plan->root = place_create();
    return plan;
}

void pick_plan_destroy(struct pick_plan **plan)
{
    if (*plan != NULL) {
        place_destroy(&(*plan)->root);
        mem_free(plan);
    }
}

static void insert(struct pick_place *place, struct pick_child child)
{
    uint32_t at = child.hash & place->child_mask;
    while (place->children[at].place != NULL) {
        at = (at + 1) & place->child_mask;
    }
    place->children[at] = child;
    place->child_count++;
}

// At least half of the entries stay free, so that a name that is not there is told soon.
static void grow(struct pick_place *place)
{
    struct pick_child *old = place->children;
    size_t old_entries = (size_t)place->child_mask + 1;
    place->children = mem_alloc(old_entries * 2, sizeof(*old));
    place->child_mask = (uint32_t)(old_entries * 2 - 1);
    place->child_count = 0;
    for (size_t i = 0; i < old_entries; i++) {
        if (old[i].place != NULL) {
            insert(place, old[i]);
        }
    }
    mem_free(&old);
}

static char *copy_name(const char *name, size_t len)
{
    char *copy = mem_alloc(len + WORD_BYTES, 1);
    memcpy(copy, name, len);
    return copy;
}

static const struct pick_place *find_member(const struct pick_place *place, const char *name,
                                            size_t len)
{
    char *copy = copy_name(name, len);
    const struct pick_place *found =
        pick_member(place, name_hash(copy, len), (struct span){copy, len});
    mem_free(&copy);
    return found;
}

static struct pick_place *enter_member(struct pick_place *place, const struct pick_step *step)
{
    const struct pick_place *found = find_member(place, step->name, step->len);
    for (size_t i = 0; found != NULL && i <= place->child_mask; i++) {
        if (place->children[i].place == found) {
            return place->children[i].place;
        }
    }
    if ((place->child_count + 1) * 2 > place->child_mask + 1) {
        grow(place);
    }
    struct pick_place *added = place_create();
    char *name = copy_name(step->name, step->len);
    insert(place, (struct pick_child){name, step->len, name_hash(name, step->len), added});
    return added;
}

static struct pick_place *enter_element(struct pick_place *place, uint32_t index)
{
    REQUIRE(index < PICK_ELEMENTS_MAX);
    if (index >= place->element_count) {
        place->elements =
            mem_resize(place->elements, (size_t)index + 1, sizeof(struct pick_place *));
        while (place->element_count <= index) {
            place->elements[place->element_count++] = NULL;
        }
    }
    if (place->elements[index] == NULL) {
        place->elements[index] = place_create();
    }
    return place->elements[index];
}

uint32_t pick_plan_add(struct pick_plan *plan, const struct pick_step *steps, size_t count)
{
    struct pick_place *place = plan->root;
    for (size_t i = 0; i < count; i++) {
        place = steps[i].name != NULL ? enter_member(place, &steps[i])
                                      : enter_element(place, steps[i].index);
    }
    if (place->slot == TAPE_NONE) {
        place->slot = plan->slots++;
    }
    return place->slot;
}

uint32_t pick_plan_slots(const struct pick_plan *plan)
{
    return plan->slots;
}

const struct pick_place *pick_plan_place(const struct pick_plan *plan,
                                         const struct pick_step *steps, size_t count)
{
    const struct pick_place *place = plan->root;
    for (size_t i = 0; i < count && place != NULL; i++) {
        place = steps[i].name == NULL ? pick_element(place, steps[i].index)
                                      : find_member(place, steps[i].name, steps[i].len);
    }
    return place;
}
