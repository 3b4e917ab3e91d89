"""The grammar of the KQL subset.

One rule, `pipeline`, covers both tables and scalars, as the language itself does: a name means a table or a column only by
where it stands, so that is decided after parsing. Keywords are lower case and end at a word boundary.
"""

from __future__ import annotations

from typing import Final

GRAMMAR: Final = r"""
start: (let_statement ";")* pipeline ";"?

let_statement: LET NAME "=" pipeline

pipeline: source ("|" operator)*

?source: expression
    | PRINT assignments                                              -> print_rows
    | DATATABLE "(" column_definition ("," column_definition)* ")" "[" [expression ("," expression)*] ","? "]" -> datatable
    | UNION union_table ("," union_table)*                           -> union_rows

column_definition: name ":" NAME
?union_table: NAME -> column_name
    | "(" pipeline ")" -> group

operator: WHERE expression                                           -> where
    | EXTEND assignments                                             -> extend
    | PROJECT assignments                                            -> project
    | PROJECT_AWAY name ("," name)*                                  -> project_away
    | PROJECT_KEEP name ("," name)*                                  -> project_keep
    | PROJECT_RENAME rename ("," rename)*                            -> project_rename
    | SUMMARIZE [assignments] [BY assignments]                       -> summarize
    | SORT BY sort_key ("," sort_key)*                               -> sort
    | TAKE expression                                                -> take
    | TOP expression BY sort_key                                     -> top
    | MV_EXPAND expansion ("," expansion)*                           -> mv_expand
    | DISTINCT STAR                                                   -> distinct_all
    | DISTINCT assignments                                           -> distinct
    | COUNT                                                          -> count_rows
    | UNION union_table ("," union_table)*                           -> union_with

assignments: assignment ("," assignment)*
assignment: [name "="] expression
rename: name "=" name
sort_key: expression [ORDER] [NULLS NULL_PLACE]
expansion: [name "="] expression [TO_TYPEOF "(" NAME ")"]

?expression: conjunction
    | expression OR conjunction                                      -> logical
?conjunction: comparison
    | conjunction AND comparison                                     -> logical
?comparison: sum
    | comparison COMPARISON sum                                      -> compare
    | comparison TEXT_MATCH sum                                      -> text_match
    | comparison MEMBERSHIP "(" argument_list ")"                    -> membership
    | comparison BETWEEN "(" sum ".." sum ")"                        -> between
?sum: product
    | sum SIGN product                                               -> arithmetic
?product: unary
    | product FACTOR unary                                           -> arithmetic
    | product STAR unary                                             -> arithmetic
?unary: postfix
    | SIGN unary                                                     -> signed
?postfix: primary
    | postfix "." NAME                                               -> member
    | postfix "[" expression "]"                                     -> index
?primary: NAME                                                       -> column_name
    | "[" string "]"                                                 -> quoted_name
    | NAME "(" [argument_list] ")"                                   -> call
    | "(" pipeline ")"                                               -> group
    | literal

name: NAME
    | "[" string "]"
argument_list: argument ("," argument)*
?argument: pipeline
    | STAR                                                           -> star

?literal: string                                                     -> string_literal
    | LONG                                                           -> long_literal
    | REAL                                                           -> real_literal
    | TIMESPAN                                                       -> timespan_literal
    | TYPED                                                          -> typed_literal
    | BOOLEAN                                                        -> bool_literal
    | DYNAMIC json ")"                                               -> dynamic_literal
string: STRING+

?json: string
    | SIGN? (LONG | REAL)                                            -> json_number
    | BOOLEAN                                                        -> json_bool
    | NULL                                                           -> json_null
    | TYPED                                                          -> json_typed
    | TIMESPAN                                                       -> json_timespan
    | "[" [json ("," json)*] "]"                                     -> json_array
    | "{" [json_pair ("," json_pair)*] "}"                           -> json_object
json_pair: string ":" json

LET.3: /let\b/
PRINT.3: /print\b/
DATATABLE.3: /datatable\b/
UNION.3: /union\b/
WHERE: /(where|filter)\b/
EXTEND: /extend\b/
PROJECT: /project\b(?!-)/
PROJECT_AWAY: /project-away\b/
PROJECT_KEEP: /project-keep\b/
PROJECT_RENAME: /project-rename\b/
SUMMARIZE: /summarize\b/
SORT: /(sort|order)\b/
TAKE: /(take|limit)\b/
TOP: /top\b/
MV_EXPAND: /mv-?expand\b/
DISTINCT: /distinct\b/
COUNT: /count\b/
BY.3: /by\b/
ORDER: /(asc|desc)\b/
NULLS: /nulls\b/
NULL_PLACE: /(first|last)\b/
TO_TYPEOF: /to\s+typeof\b/
OR: /or\b/
AND: /and\b/
BETWEEN: /!?between\b/
MEMBERSHIP: /(!?in~|!?in\b|has_any\b|has_all\b)/
TEXT_MATCH: /!?(has|hasprefix|hassuffix|contains|startswith|endswith)(_cs)?\b/
COMPARISON: /==|!=|<>|=~|!~|<=|>=|<|>/
SIGN: /[+-]/
STAR: "*"
FACTOR: /[\/%]/
BOOLEAN.3: /(true|false)\b/
NULL.3: /null\b/
DYNAMIC.4: /dynamic\s*\(/
TYPED.4: /(bool|boolean|int|long|real|double|decimal|datetime|date|timespan|time|guid)\s*\(\s*("[^"\n]*"|'[^'\n]*'|[^()"']*)\s*\)/
TIMESPAN.4: /\d+(\.\d+)?(milliseconds?|microseconds?|millis?|micros?|minutes?|seconds?|hours?|ticks?|days?|hrs?|min|sec|ms|d|h|m|s)\b/
REAL.3: /\d+\.\d+([eE][+-]?\d+)?|\d+[eE][+-]?\d+/
LONG.2: /0[xX][0-9a-fA-F]+|\d+/
STRING: /[hH]?@"([^"]|"")*"|[hH]?@'([^']|'')*'|[hH]?"([^"\\\r\n]|\\.)*"|[hH]?'([^'\\\r\n]|\\.)*'|[hH]?```[\s\S]*?```|[hH]?~~~[\s\S]*?~~~/
NAME: /[A-Za-z_$][A-Za-z0-9_]*/
COMMENT: /\/\/[^\r\n]*/

%ignore COMMENT
%ignore /\s+/
"""
