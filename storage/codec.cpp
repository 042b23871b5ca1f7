#include "storage/codec.hpp"

#include "storage/codec_templates.hpp"

namespace botbox::storage {

#define BOTBOX_INSTANTIATE_CODEC(Record)                    \
  template std::string encode<Record>(const Record&);       \
  template Result<Record> decode<Record>(std::string_view); \
  template nlohmann::ordered_json to_json<Record>(const Record&);
BOTBOX_STORED_RECORDS(BOTBOX_INSTANTIATE_CODEC)

}  // namespace botbox::storage
