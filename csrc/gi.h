/* gi.h - what the files of the C core share: types, constants, prototypes grouped by
 * file. */
#ifndef GI_H
#define GI_H

#include "compat.h"
#include "schema.h"
#include <stddef.h>
#include <stdint.h>

#define GI_EXPORT __attribute__((visibility("default")))
#define GI_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define GI_MAX_DEPTH 100 /* nesting of JSON values, read or written */
#define GI_WHY 512       /* bytes of an explanation, its path included */
#define GI_EXCERPT 64    /* bytes of a value shown in one */

/* Makes the metatable of a class known, complete or, where memory runs out, not at all: a
 * later try must not find half of one. Its methods are also what its objects index. */
static inline void gi_class(lua_State *L, const char *name, const luaL_Reg *methods)
{
    luaL_getmetatable(L, name);
    if (lua_isnil(L, -1)) {
        lua_newtable(L);
        gi_setfuncs(L, methods, 0);
        lua_pushstring(L, name);
        lua_setfield(L, -2, "__name");
        lua_getfield(L, -1, "__index");
        if (lua_isnil(L, -1)) {
            lua_pushvalue(L, -2);
            lua_setfield(L, -3, "__index");
        }
        lua_pop(L, 1);
        lua_setfield(L, LUA_REGISTRYINDEX, name);
    }
    lua_pop(L, 1);
}

/* --- buf.c: growable bytes ------------------------------------------------------- */

typedef struct gi_buf {
    char *p;
    size_t len, cap;
    int busy;
} gi_buf;

#define GI_BUFFER "graphinvite.buffer"

/* --- fields.c: response records ------------------------------------------- */

/* What has been received: the value at index 1 of a response record. Its fields headers
 * and body are made of it when they are asked for. */
typedef struct gi_received {
    size_t head_len, body_len, size;
    char bytes[]; /* the header lines, the body, a NUL; size is the room for them */
} gi_received;

/* --- http1.c: HTTP/1.1 answers ------------------------------------------------------ */

typedef struct gi_http1 {
    gi_buf head;      /* the header lines of the answer, and the line that is coming in */
    gi_buf body;      /* as far as it has been received */
    const char *text; /* the whole body: in body, or in the bytes that were fed last */
    const char *why;  /* what is wrong with the answer, as a clause; and, in one word, */
    const char *reason;
    size_t text_len;
    size_t max_head, max_body;
    size_t line;   /* where in head the line begins that is coming in */
    size_t spent;  /* what is used up of max_head */
    uint64_t left; /* bytes of the body, or of a chunk, that have still to come */
    int state, flags, status;
    int method; /* a GI_METHOD_... */
    int keep;   /* the connection can carry another request */
} gi_http1;

enum { GI_HTTP1_MORE, GI_HTTP1_DONE, GI_HTTP1_FAILED }; /* what a step comes to */
enum { GI_METHOD_ANY, GI_METHOD_HEAD, GI_METHOD_CONNECT };

#define GI_HTTP1_HEAD 131072   /* most bytes of lines, unless it is told otherwise */
#define GI_HTTP1_BODY 16777216 /* most bytes of a body */

/* --- base64.c ---------------------------------------------------------------------- */

#define GI_BASE64_ROOM(n) (((n) + 2) / 3 * 4) /* characters for n bytes */

/* --- json.c: JSON text ------------------------------------------------------------- */

typedef struct gi_json {
    const char *start, *p, *end;
    gi_buf *scratch; /* holds the last string that had escapes */
    const char *why; /* set when a function below answers -1 */
} gi_json;

/* --- number.c: decimal texts ------------------------------------------------------- */

typedef struct gi_number {
    const char *p; /* the text, len bytes */
    size_t len;
    uint64_t digits; /* the number is digits * 10^exponent, but for its sign */
    long exponent;
    int negative;
    int integer;  /* no fraction and no exponent */
    int overflow; /* too many digits to be held */
} gi_number;

#define GI_NUMBER_TEXT 32 /* room for any text that number.c writes */

/* --- model.c: what the two directions of the codec share --------------------------- */

#define GI_MAX_NAMES 255 /* different property names of all types */
#define GI_MAX_PROPS 48  /* properties of one type, inherited ones included */
#define GI_NAME_SLOTS 1024
/* Members of one object that the writer keeps on the stack: Lua 5.1 has 8,000 places
 * there, for objects in objects up to GI_MAX_DEPTH. */
#define GI_MAX_HELD 32
#define GI_TYPE_MEMBER "@odata.type"
#define GI_TYPE_NAME 1 /* the number of that name */

typedef struct gi_entropy gi_entropy;

typedef struct gi_codec {
    gi_buf buf;
    gi_entropy *entropy;
    uint8_t nnames;
    uint8_t slot[GI_NAME_SLOTS]; /* name number by hash of its text; 0 is free */
    const char *name[GI_MAX_NAMES + 1];
    const char *anchored[GI_NAME_SLOTS]; /* the same names as strings of the Lua state */
    uint8_t anchored_name[GI_NAME_SLOTS];
    uint8_t name_len[GI_MAX_NAMES + 1];
    uint8_t count[GI_TYPE_COUNT];                     /* properties of a type */
    const gi_prop *prop[GI_TYPE_COUNT][GI_MAX_PROPS]; /* base first, then schema order */
    uint8_t prop_name[GI_TYPE_COUNT][GI_MAX_PROPS];   /* their name numbers */
    uint8_t at[GI_TYPE_COUNT][GI_MAX_NAMES + 1]; /* 1 + place in prop, by name number */
    uint8_t other[GI_TYPE_COUNT][GI_MAX_PROPS];  /* 1 + place of its other spelling */
    uint8_t members[GI_TYPE_COUNT]; /* members of the last object read of a type */
    uint8_t after[GI_TYPE_COUNT][GI_MAX_NAMES + 1]; /* the name that came behind a name,
                                                     * or first (0), in the last one */
    uint8_t elements[GI_TYPE_COUNT]; /* elements of the last array read of a type */
} gi_codec;

typedef struct gi_why {
    size_t path;       /* bytes of text that are the path of the value at fault */
    char text[GI_WHY]; /* the path, then what is wrong with the value */
} gi_why;

typedef struct gi_options {
    int unknown;       /* what to do with a name that a type does not have */
    int int64_string;  /* Int64 as a JSON string */
    int status_schema; /* operationStatus in the schema's spelling */
    int supply_type;   /* writes @odata.type where the outermost object has none */
    int first_names;   /* writes the first spelling where an alias was given */
} gi_options;

enum { GI_UNKNOWN_BY_TYPE, GI_UNKNOWN_KEEP, GI_UNKNOWN_REFUSE };

/* Writes values as JSON into b. */
typedef struct gi_writer {
    lua_State *L;
    gi_codec *c;
    const gi_options *o;
    gi_buf *b;
    gi_why *why;
    int keys;     /* stack index of the table of known names */
    gi_prop item; /* an element of the page that is written */
} gi_writer;

/* Words of option tables and records. The state keeps their strings, because making a
 * string of a C constant at each use costs more than all else in a request. */
/* clang-format off */
#define GI_WORDS(X) \
    X(ACCEPT, "Accept") X(BARE, "bare") X(BASE_URL, "base_url") X(BODY, "body") \
    X(CC_RECIPIENTS, "ccRecipients") X(CLIENT_CONTEXT, "clientContext") \
    X(CONSISTENCY, "ConsistencyLevel") X(CONTENT_TYPE, "Content-Type") X(COUNT, "count") \
    X(EVENTUAL, "eventual") X(EXPAND, "expand") X(FILTER, "filter") X(FLAVOUR, "flavour") \
    X(HEADERS, "headers") X(ID, "id") X(IDENTITY, "identity") X(INT64, "int64") \
    X(INVITED_USER, "invitedUser") X(INVITED_USER_EMAIL_ADDRESS, "invitedUserEmailAddress") \
    X(INVITED_USER_MESSAGE_INFO, "invitedUserMessageInfo") \
    X(INVITE_REDIRECT_URL, "inviteRedirectUrl") X(JSON, "application/json") X(LINK, "link") \
    X(METHOD, "method") X(OP, "op") X(ORDERBY, "orderby") X(PARTICIPANTS, "participants") \
    X(PLAIN, "text/plain") X(RESET_REDEMPTION, "resetRedemption") X(ROOT, "root") \
    X(SEARCH, "search") X(SEED_MESSAGE_INFO, "InvitedUserMessageInfo") X(SELECT, "select") \
    X(SKIP, "skip") X(STATUS, "status") X(TOP, "top") X(UNKNOWN, "unknown") X(URL, "url") \
    X(USER_AGENT, "User-Agent") X(USER_AGENT_OPTION, "user_agent")
/* clang-format on */

#define X(id, text) GI_W_##id,
typedef enum gi_word_id { GI_WORDS(X) GI_WORD_COUNT } gi_word_id;
#undef X

#define GI_CODEC "graphinvite.codec"
#define GI_ARRAY "graphinvite.array"
#define GI_DIGITS "graphinvite.number"

/* --- operations.c: Graph operations as const rows ----------------------------------- */

enum { GI_GLOBAL = 1, GI_USGOV = 2, GI_DOD = 4, GI_CHINA = 8 }; /* gi_operation.clouds */
enum { GI_V1 = 1, GI_BETA = 2 }; /* gi_operation.versions */

typedef enum gi_answer { GI_NOTHING, GI_ONE, GI_PAGE, GI_NUMBER } gi_answer;

enum {                   /* gi_operation.flags */
       GI_SAFE = 1,      /* may be repeated */
       GI_TYPED = 2,     /* what is sent goes into a place declared with its base type */
       GI_INVITES = 4,   /* reference 2.1 A1 and 5.2 bind */
       GI_RINGS = 8,     /* reference 2.2 B1 binds */
       GI_DIRECTORY = 16 /* has the advanced queries of reference 3.8 */
};

#define GI_NO_STATUS 0xff

typedef struct gi_operation {
    const char *id; /* row of the reference, section 2 */
    const char *name, *method, *path;
    const char *root;   /* tells aliases apart */
    const char *status; /* documented, schema, generated, superseded */
    uint8_t sends, expects, answer, flags, clouds, versions;
    uint8_t success[3]; /* statuses, minus 200 */
} gi_operation;

#pragma GCC visibility push(hidden)

/* buf.c */
int gi_buf_reserve(gi_buf *b, size_t n);
int gi_buf_add(gi_buf *b, const void *p, size_t n);
int gi_buf_puts(gi_buf *b, const char *s);
void gi_buf_free(gi_buf *b);
gi_buf *gi_buf_new(lua_State *L);
void gi_buf_register(lua_State *L);
gi_buf *gi_borrow(lua_State *L, gi_buf *own);
int gi_release(gi_buf *b);
int gi_fail(lua_State *L, const char *message);

/* gi_buf_reserve without a call where there is room already. */
static inline int gi_buf_room(gi_buf *b, size_t n)
{
    return n <= b->cap - b->len ? 0 : gi_buf_reserve(b, n);
}

/* fields.c */
void gi_response_register(lua_State *L);
int Lgi_record(lua_State *L);
void gi_response_push(lua_State *L, int spare, int status, const gi_buf *head,
                      const char *body, size_t body_len);
const char *gi_response_body(lua_State *L, int i, size_t *len);

/* http1.c */
void gi_http1_begin(gi_http1 *h, const char *method, size_t len);
int gi_http1_feed(gi_http1 *h, const char *p, size_t len);
int gi_http1_end(gi_http1 *h);

/* http1_parser.c */
void gi_http1_register(lua_State *L);
int Lgi_http1_parser(lua_State *L);

/* base64.c */
size_t gi_base64_encode(char *out, const void *bytes, size_t len, int url);
const char *gi_base64_decode(unsigned char *out, size_t *n, const char *text, size_t len);
int Lgi_base64_encode(lua_State *L);
int Lgi_base64_decode(lua_State *L);

/* text.c */
int gi_same_word(const char *a, const char *b, size_t len);
size_t gi_utf8_length(const char *p, const char *end);
int gi_is_utf8(const char *s, size_t len);
int gi_has_control(const char *s, size_t len);
int gi_is_token(const char *s, size_t len);
int gi_is_field(const char *s, size_t len);
int gi_has_below(const char *s, size_t len, unsigned char least);
const char *gi_excerpt(char out[GI_EXCERPT], const char *s, size_t len);
int gi_url_encode(gi_buf *b, const char *s, size_t len, const char *keep);
int gi_closer(const char *word, size_t len, const char *other, size_t other_len,
              size_t *best);

/* entropy.c */
gi_entropy *gi_entropy_new(void);
void gi_entropy_free(gi_entropy *e);
int gi_entropy_take(gi_entropy *e, void *out, size_t n);

/* json.c */
void gi_json_begin(gi_json *j, const char *text, size_t len, gi_buf *scratch);
int gi_json_peek_slowly(gi_json *j);
int gi_json_string(gi_json *j, const char **s, size_t *len);
int gi_json_number(gi_json *j, gi_number *n);
int gi_json_literal(gi_json *j, const char *word);
int gi_json_more(gi_json *j, char close);
int gi_json_key(gi_json *j, const char **s, size_t *len);

/* Passes white space. Returns the next byte without taking it, or -1 at the end. */
static inline int gi_json_peek(gi_json *j)
{
    if (j->p < j->end && (unsigned char)*j->p > ' ')
        return (unsigned char)*j->p;
    return gi_json_peek_slowly(j);
}

int gi_json_put_string(gi_buf *b, const char *s, size_t len);

/* number.c */
int gi_number_scan(gi_number *n, const char *p, size_t len);
int gi_number_parse(gi_number *n, const char *p, size_t len);
int gi_number_int64(const gi_number *n, int64_t *out);
int gi_number_double(const gi_number *n, double *out);
size_t gi_format_int64(char *out, int64_t v);
size_t gi_format_double(char *out, double v);

/* model.c */
int gi_codec_init(gi_codec *c);
extern const char *const gi_words[GI_WORD_COUNT];

/* Pushes a word; keys is the stack index of the table of known names. */
static inline void gi_word(lua_State *L, const gi_codec *c, int keys, int word)
{
    lua_rawgeti(L, keys, c->nnames + 2 + word);
}

void gi_name_anchored(gi_codec *c, int number, const char *s);
int gi_name_find(const gi_codec *c, const char *s, size_t len);
int gi_name_of(const gi_codec *c, const char *s, size_t len);
const gi_prop *gi_prop_find(const gi_codec *c, int type, const char *s, size_t len);
int gi_actual_type(int declared, const char *text, size_t len);
int gi_type_parse(const char *name, size_t len, int *page);
int gi_why_set(gi_why *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
int gi_why_type(gi_why *w, const gi_prop *p, int element, const char *shown);
int gi_why_member(gi_why *w, const char *name, size_t len);
int gi_why_index(gi_why *w, size_t index);

/* decode.c */
int gi_decode(lua_State *L, gi_codec *c, int keys, int type, int page, const char *s,
              size_t len, gi_why *why);
void gi_push_int64(lua_State *L, int64_t v);
void gi_push_number(lua_State *L, const gi_number *n);

/* put.c */
int gi_put(gi_writer *w, const char *text, size_t len);
int gi_put_string(gi_writer *w, const char *s, size_t len);
int gi_put_scalar(gi_writer *w, const gi_prop *p, int i, int type, int element);
int gi_put_wrong(gi_writer *w, const gi_prop *p, int i, int element);
int gi_to_int64(lua_State *L, int i, int64_t *out);

/* options.c */
int gi_options_read(lua_State *L, const gi_codec *c, int keys, int i, gi_options *o,
                    gi_why *why);

/* encode.c */
int gi_encode(lua_State *L, gi_codec *c, int keys, int type, int page, int value,
              const gi_options *o, gi_buf *out, gi_why *why);

/* operations.c */
const gi_operation *gi_operation_row(size_t i);
const gi_operation *gi_operation_find(const char *name, const char *root, int arguments,
                                      gi_why *why);
const gi_operation *gi_operation_of(lua_State *L, int i, int rows, gi_operation *custom,
                                    gi_why *why);
size_t gi_operation_index(const gi_operation *op);
int gi_operation_arguments(const char *path);
void gi_operation_push(lua_State *L, const gi_operation *op);

/* rules.c */
int gi_rules_invitation(lua_State *L, const gi_codec *c, int keys, int body, gi_why *why);
int gi_rules_invite(lua_State *L, const gi_codec *c, int keys, int body, gi_why *why);

/* request_headers.c */
int gi_is_framing(const char *name, size_t len);

/* request.c, response.c, http1_request.c: functions with the upvalues codec, keys, rows
 */
int Lgi_request(lua_State *L);
int Lgi_response(lua_State *L);
int Lgi_http1_request(lua_State *L);

#pragma GCC visibility pop

#endif
